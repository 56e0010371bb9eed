// One case per refusal: each has a text of its own, and no code of the file has run before it.
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "modules.hpp"

using namespace godwit;
using test::Folder;
using test::only;
using test::put;
using test::refusal;

namespace fs = std::filesystem;

namespace {

/// A good plugin whose descriptor is changed in the file.
template <class Change>
void put_changed(const fs::path& folder, Change change) {
    const fs::path file = put(folder, "good");
    std::string content = test::content_of(file);
    const std::uint32_t identity[] = {kPluginMagic, sizeof(PluginInfo), kPluginAbi};
    const auto at = content.find(std::string_view(reinterpret_cast<const char*>(identity), sizeof identity));
    REQUIRE(at != std::string::npos);
    PluginInfo info;
    std::memcpy(&info, content.data() + at, sizeof info);
    change(info);
    std::memcpy(content.data() + at, &info, sizeof info);
    test::write(file, content);
}

struct Damage {
    const char* what;
    void (*change)(PluginInfo&);
    const char* message;
};

const Damage kDamages[] = {
    {"magic", [](PluginInfo& info) { info.magic = 1; }, "is not a godwit plugin"},
    {"size beyond the section", [](PluginInfo& info) { info.size += 1; }, "says it has"},
    {"size below any ABI's", [](PluginInfo& info) { info.size = 4; }, "says it has"},
    {"size below this ABI's", [](PluginInfo& info) { info.size -= 1; }, "are too few for plugin ABI"},
    {"abi", [](PluginInfo& info) { info.abi = kPluginAbi + 1; },
     "was built for plugin ABI 2; this godwit has ABI 1"},
    {"toolchain", [](PluginInfo& info) { std::strcpy(info.toolchain, "libc++"); },
     "was built with the C++ library 'libc++'"},
    {"toolchain without end",
     [](PluginInfo& info) { std::memset(info.toolchain, 'x', sizeof info.toolchain); },
     "its toolchain does not end"},
    {"kind unknown", [](PluginInfo& info) { info.kind = static_cast<PluginKind>(9); }, "is of kind 9"},
    {"kind of another file name", [](PluginInfo& info) { info.kind = PluginKind::Driver; },
     "is the driver 'shelf': its file name says source 'shelf'"},
    {"name of another file name", [](PluginInfo& info) { std::strcpy(info.name, "board"); },
     "is the source 'board': its file name says source 'shelf'"},
    {"name that is none", [](PluginInfo& info) { std::strcpy(info.name, "../x"); }, "calls itself '../x'"},
    {"scheme that is none", [](PluginInfo& info) { std::strcpy(info.schemes, "ok ../x"); },
     "lists the scheme '../x'"},
    {"control characters", [](PluginInfo& info) { std::strcpy(info.summary, "\033[2J"); },
     "its summary holds control characters"},
};

}  // namespace

TEST_CASE("a damaged descriptor is refused before any code of the plugin runs", "[plugins]") {
    for (const Damage& damage : kDamages) {
        INFO(damage.what);
        const Folder folder;
        const test::Trace trace;
        put_changed(folder.path(), damage.change);
        const ErrorInfo error = refusal(only(folder.path()));
        CHECK(error.code == Errc::Plugin);
        CHECK_THAT(error.message, ContainsSubstring(damage.message));
        CHECK_THAT(error.message, ContainsSubstring((folder.path() / "godwit-source-shelf.so").string()));
        CHECK_FALSE(error.hint.empty());
        CHECK(trace.content().empty());
    }
}

TEST_CASE("the unchanged plugin is opened", "[plugins]") {
    const Folder folder;
    const test::Trace trace;
    put_changed(folder.path(), [](PluginInfo&) {});
    CHECK(test::open_source(only(folder.path()), "shelf:x")->describe() == "empty:");
    CHECK(trace.content() == "loaded\n");
}

TEST_CASE("what is no shared object with a descriptor is refused", "[plugins]") {
    const Folder folder;
    const test::Trace trace;
    const fs::path file = folder.path() / "godwit-source-shelf.so";
    std::string message;
    SECTION("text") {
        test::write(file, "#!/bin/sh\necho hello\n" + std::string(100, ' '));
        message = "is not a shared object";
    }
    SECTION("an empty file") {
        test::write(file, "");
        message = "is not a shared object";
    }
    SECTION("a file cut short") {
        const std::string whole = test::content_of(put(folder.path(), "good"));
        test::write(file, whole.substr(0, whole.size() / 2));
        message = "is a damaged ELF file";
    }
    SECTION("for another machine") {
        std::string content = test::content_of(put(folder.path(), "good"));
        content[18] = static_cast<char>(content[18] + 1);  // e_machine
        test::write(file, content);
        message = "was built for another kind of machine";
    }
    SECTION("without the section") {
        put(folder.path(), "no_section");
        message = "has no section 'godwit'";
    }
    SECTION("a folder") {
        fs::create_directory(file);
        message = "is not a regular file";
    }
    SECTION("a link to nowhere") {
        fs::create_symlink(folder.path() / "nowhere", file);
        message = "cannot be opened";
    }
    const ErrorInfo error = refusal(only(folder.path()));
    CHECK(error.code == Errc::Plugin);
    CHECK_THAT(error.message, ContainsSubstring(message));
    CHECK(trace.content().empty());
}

TEST_CASE("what the dynamic linker or the entry refuses", "[plugins]") {
    const Folder folder;
    std::string message;
    SECTION("an undefined symbol, found when it is loaded") {
        put(folder.path(), "undefined");
        message = "cannot be loaded: ";
    }
    SECTION("no symbol") {
        put(folder.path(), "no_symbol");
        message = "does not export the symbol 'godwit_plugin'";
    }
    SECTION("no function") {
        put(folder.path(), "no_function");
        message = "has no function to open it with";
    }
    const ErrorInfo error = refusal(only(folder.path()));
    CHECK(error.code == Errc::Plugin);
    CHECK_THAT(error.message, ContainsSubstring(message));
    CHECK_THAT(error.message, !ContainsSubstring("Bad file descriptor") && !ContainsSubstring("boost"));
}

TEST_CASE("what leaves a plugin is a godwit::Error", "[plugins]") {
    const Folder folder;
    SECTION("its own error passes") {
        put(folder.path(), "throws_error");
        const ErrorInfo error = refusal(only(folder.path()));
        CHECK(error.code == Errc::Source);
        CHECK_THAT(error.message, ContainsSubstring("the shelf shelf:x is empty"));
        CHECK(error.hint == "fill it");
    }
    SECTION("a standard exception is wrapped, without the password") {
        put(folder.path(), "throws_standard");
        const ErrorInfo error = refusal(only(folder.path()), "shelf://me:s3cret%21word@here/x");
        CHECK(error.code == Errc::Plugin);
        CHECK_THAT(error.message, ContainsSubstring("plugin 'shelf'") && ContainsSubstring("no luck with"));
        CHECK_THAT(error.message, !ContainsSubstring("s3cret"));
    }
    SECTION("any exception is wrapped") {
        put(folder.path(), "throws_number");
        CHECK_THAT(refusal(only(folder.path())).message,
                   ContainsSubstring("an exception of an unknown type"));
    }
    SECTION("no object is an error") {
        put(folder.path(), "opens_nothing");
        CHECK_THAT(refusal(only(folder.path())).message, ContainsSubstring("opened nothing"));
    }
}

TEST_CASE("a plugin that others can write is refused", "[plugins]") {
    const Folder outer;
    const fs::path folder = outer.path() / "plugins";
    fs::create_directory(folder);
    const fs::path file = put(folder, "good");
    const test::Trace trace;
    std::string message;
    SECTION("by everybody, the file") {
        fs::permissions(file, fs::perms(0757));
        message = "the file can be written by everybody (mode 0757)";
    }
    SECTION("by its group, the file") {
        fs::permissions(file, fs::perms(0775));
        message = "the file can be written by its group";
    }
    SECTION("by everybody, the folder") {
        fs::permissions(folder, fs::perms(0757));
        message = "its folder " + folder.string() + " can be written by everybody";
    }
    SECTION("by its group, the folder") {
        fs::permissions(folder, fs::perms(0775));
        message = "can be written by its group";
    }
    SECTION("a sticky folder") {
        REQUIRE(::chmod(folder.c_str(), 01777) == 0);
        message = "is one for everybody's temporary files";
    }
    SECTION("by everybody, a folder further up") {
        fs::permissions(outer.path(), fs::perms(0777));
        message =
            "the folder above it, " + outer.path().string() + ", can be written by everybody (mode 0777)";
    }
    SECTION("through a link from a folder of everybody") {
        const fs::path open = outer.path() / "open";
        fs::create_directory(open);
        fs::permissions(open, fs::perms(0777));
        fs::create_symlink(file, open / file.filename());
        const ErrorInfo error = refusal(only(open));
        CHECK_THAT(error.message,
                   ContainsSubstring("its folder " + open.string() + " can be written by everybody"));
        fs::permissions(folder, fs::perms(0777));
        message = "can be written by everybody";
    }
    auto options = only(folder);
    const ErrorInfo error = refusal(options);
    CHECK(error.code == Errc::Plugin);
    CHECK_THAT(error.message, ContainsSubstring(message));
    CHECK_THAT(error.hint, ContainsSubstring("--allow-unsafe-plugins"));
    CHECK(trace.content().empty());

    options.allow_unsafe = true;
    CHECK(test::open_source(options, "shelf:x") != nullptr);
}

TEST_CASE("a plugin of another user is refused", "[plugins]") {
    if (::geteuid() != 0) {
        WARN("SKIPPED: giving a file to another user needs root");
        return;
    }
    const Folder folder;
    const fs::path file = put(folder.path(), "good");
    REQUIRE(::chown(file.c_str(), 12345, 0) == 0);
    CHECK_THAT(refusal(only(folder.path())).message, ContainsSubstring("belongs to user 12345"));
    REQUIRE(::chown(file.c_str(), 0, 0) == 0);
    REQUIRE(::chown(folder.path().c_str(), 12345, 0) == 0);
    CHECK_THAT(refusal(only(folder.path())).message, ContainsSubstring("belongs to user 12345"));
}

TEST_CASE("relative and empty places are usage errors", "[plugins]") {
    const auto usage = [](const SearchOptions& options) {
        try {
            const PluginRegistry registry(options);
        } catch (const Error& error) {
            CHECK(error.code() == Errc::Usage);
            return error.info().message;
        }
        return std::string("accepted");
    };
    SearchOptions options;
    CHECK(usage(options) == "accepted");
    options.path_list = "/usr/lib:plugins";
    CHECK_THAT(usage(options), ContainsSubstring("relative entry 'plugins'"));
    for (const char* list : {":/usr/lib", "/usr/lib:", "/usr/lib::/lib", ":"}) {
        options.path_list = list;
        CHECK_THAT(usage(options), ContainsSubstring("has an empty entry"));
    }
    options.path_list.clear();
    options.files = {"godwit-source-shelf.so"};
    CHECK_THAT(usage(options), ContainsSubstring("is not an absolute path"));
}

TEST_CASE("a file given by name has to have a plugin's name", "[plugins]") {
    const Folder folder;
    SearchOptions options;
    options.files = {put(folder.path(), "good", "shelf.so")};
    CHECK_THAT(refusal(options).message, ContainsSubstring("has a name that no plugin can have"));
    options.files = {folder.path() / "godwit-source-missing.so"};
    CHECK_THAT(refusal(options).message, ContainsSubstring("cannot be opened: No such file"));
}
