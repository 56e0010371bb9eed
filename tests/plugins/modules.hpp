#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "catch.hpp"
#include "godwit/plugin_registry.hpp"
#include "plugins/folder.hpp"

/// Putting test plugins into folders, and asking a registry for them.
namespace godwit::test {

namespace fs = std::filesystem;

inline std::string content_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void write(const fs::path& file, const std::string& content) {
    std::ofstream out(file, std::ios::binary);
    out << content;
    out.close();
    REQUIRE(out.good());
}

/// Copies the test plugin `variant` to `folder`/`name`; safe to load as far as owner and permissions go.
inline fs::path put(const fs::path& folder, const std::string& variant,
                    const std::string& name = "godwit-source-shelf.so") {
    const fs::path file = folder / name;
    fs::copy_file(fs::path(GODWIT_TEST_MODULES) / (variant + ".so"), file);
    fs::permissions(file, fs::perms(0755));
    return file;
}

inline SearchOptions only(const fs::path& folder) {
    SearchOptions options;
    options.path_list = folder.string();
    return options;
}

inline std::unique_ptr<Source> open_source(const SearchOptions& options, const std::string& url) {
    return PluginRegistry(options).open_source(Url::parse(url), {});
}

/// The error that opening ends with.
inline ErrorInfo refusal(const SearchOptions& options, const std::string& url = "shelf:x") {
    try {
        const auto source = open_source(options, url);
    } catch (const Error& error) {
        return error.info();
    }
    FAIL("nothing was refused");
    return {};
}

/// Tells whether code of a test plugin ran: each of them writes a line when it is loaded.
class Trace {
  public:
    Trace() { ::setenv("GODWIT_TEST_TRACE", file().c_str(), 1); }
    ~Trace() { ::unsetenv("GODWIT_TEST_TRACE"); }
    Trace(const Trace&) = delete;
    Trace& operator=(const Trace&) = delete;
    [[nodiscard]] std::string content() const { return content_of(file()); }

  private:
    [[nodiscard]] fs::path file() const { return folder_.path() / "trace"; }
    Folder folder_;
};

}  // namespace godwit::test
