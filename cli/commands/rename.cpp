#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "commands/verbs.hpp"
#include "godwit/error.hpp"
#include "godwit/format.hpp"
#include "render/json.hpp"
#include "session.hpp"

namespace godwit::cli {

namespace fs = std::filesystem;

namespace {

/// A file of the folder that belongs to a migration.
struct File {
    std::string path;
    Version version;
    std::string title;
};

/// The files of one migration that gets a new version.
struct Chosen {
    Version version;
    std::vector<std::string> paths;
};

using Names = std::vector<std::pair<std::string, std::string>>;

/// One by one, because a set names only the first of two files with the same version.
std::vector<File> files_of(const std::vector<Entry>& entries, const Format& format) {
    std::vector<File> files;
    for (const Entry& entry : entries) {
        const auto set = format.read_listing({entry});
        if (set.in_order.empty()) continue;
        files.push_back({entry.path, set.in_order.front().version, std::string(set.in_order.front().name())});
    }
    return files;
}

[[noreturn]] void ambiguous(const Version& version, const std::vector<const File*>& files) {
    std::string names;
    for (const auto* file : files)
        names += (names.empty() ? "" : ", ") + file->path;
    fail(Errc::Usage, fmt::format("several migrations have version {}: {}", version.text(), names),
         fmt::format("name a file: godwit rename --after-latest {}", files.back()->path));
}

Chosen chosen_by_version(const Version& version, const std::vector<File>& files, const Format& format) {
    std::vector<const File*> found;
    std::vector<Entry> entries;
    for (const File& file : files) {
        if (file.version != version) continue;
        found.push_back(&file);
        entries.push_back({file.path, 0, EntryKind::File, {}});
    }
    if (found.empty())
        fail(Errc::Usage, fmt::format("there is no migration with version {}", version.text()));
    for (const Finding& finding : format.read_listing(std::move(entries)).findings)
        if (finding.code == "duplicate-version") ambiguous(version, found);
    Chosen chosen{version, {}};
    for (const auto* file : found)
        chosen.paths.push_back(file->path);
    return chosen;
}

/// A file, and the other half with the same title.
Chosen chosen_by_file(const std::string& name, const std::vector<File>& files) {
    const auto path = fs::path(name).filename().string();
    const auto named = std::ranges::find(files, path, &File::path);
    if (named == files.end())
        fail(Errc::Usage, fmt::format("'{}' is neither a version nor a migration's file here", name));
    Chosen chosen{named->version, {}};
    for (const File& file : files)
        if (file.version == named->version && file.title == named->title) chosen.paths.push_back(file.path);
    return chosen;
}

std::vector<Chosen> chosen_by(const std::vector<std::string>& words, const std::vector<File>& files,
                              const Format& format) {
    std::vector<Chosen> all;
    for (const auto& word : words) {
        const auto version = Version::parse(word);
        auto chosen = version ? chosen_by_version(*version, files, format) : chosen_by_file(word, files);
        const auto same = [&](const Chosen& other) { return other.paths == chosen.paths; };
        if (std::ranges::none_of(all, same)) all.push_back(std::move(chosen));
    }
    std::ranges::stable_sort(all, {}, &Chosen::version);
    return all;
}

bool is_chosen(const std::vector<Chosen>& chosen, const std::string& path) {
    return std::ranges::any_of(
        chosen, [&](const Chosen& one) { return std::ranges::find(one.paths, path) != one.paths.end(); });
}

/// Where two migrations share an applied version, the one whose title the ledger holds is applied.
bool is_applied(const Chosen& one, const std::vector<File>& files, const Status& status,
                const std::vector<AppliedVersion>& applied) {
    const auto row = std::ranges::find_if(status.migrations, [&](const MigrationStatus& candidate) {
        return Version::parse(candidate.version) == one.version;
    });
    if (row == status.migrations.end() || row->state == MigrationState::Pending ||
        row->state == MigrationState::OutOfOrder)
        return false;
    const auto sharing = static_cast<std::size_t>(std::ranges::count(files, one.version, &File::version));
    const auto known = std::ranges::find(applied, one.version, &AppliedVersion::version);
    if (sharing == one.paths.size() || known == applied.end() || known->name.empty()) return true;
    return std::ranges::any_of(
        files, [&](const File& file) { return is_chosen({one}, file.path) && file.title == known->name; });
}

/// What the database knows, where one is named: its version may be newer than every file.
std::optional<Version> ask_database(Context& context, Session& session, const std::vector<Chosen>& chosen,
                                    const std::vector<File>& files) {
    if (!context.settings().find("database").given()) {
        context.output.say("note: no database is named, so that none was asked what is applied");
        return std::nullopt;
    }
    const auto status = session.migrator().status();
    const auto applied = session.connected().applied();
    for (const Chosen& one : chosen) {
        if (is_applied(one, files, status, applied))
            fail(Errc::Validation,
                 fmt::format("version {} is applied in {}: it keeps its version", one.version.text(),
                             session.database_url()),
                 "a migration that has run is undone or followed by another one, never renamed");
    }
    return status.current;
}

std::optional<Version> latest_of(const std::vector<File>& files, const std::vector<Chosen>& chosen,
                                 std::optional<Version> latest) {
    for (const File& file : files)
        if (!is_chosen(chosen, file.path) && (!latest || *latest < file.version)) latest = file.version;
    return latest;
}

Names new_names(const std::vector<Chosen>& chosen, const Version& latest, const Format& format) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto versions = format.next_versions(latest, chosen.size(), now);
    Names names;
    for (std::size_t i = 0; i < chosen.size(); ++i)
        for (const auto& path : chosen[i].paths)
            names.emplace_back(path, format.with_version(path, versions[i]));
    std::erase_if(names, [](const auto& name) { return name.first == name.second; });
    return names;
}

/// Never over a file that is there.
int move_file(const fs::path& from, const fs::path& to) {
    return renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0 ? 0 : errno;
}

/// All of them or none. The newest first: it makes room for the one before it.
void move_files(const fs::path& folder, Names names) {
    std::ranges::reverse(names);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const int error = move_file(folder / names[i].first, folder / names[i].second);
        if (error == 0) continue;
        for (std::size_t done = i; done > 0; --done)
            if (move_file(folder / names[done - 1].second, folder / names[done - 1].first) != 0)
                fail(Errc::Source,
                     fmt::format("cannot rename {}: {}; and {} could not be given its name back",
                                 names[i].first, std::strerror(error), names[done - 1].second));
        fail(Errc::Source,
             fmt::format("cannot rename {} to {}: {}", names[i].first, names[i].second, std::strerror(error)),
             "nothing was renamed");
    }
}

void show(Output& output, const Names& names, bool done) {
    if (output.json()) return json::renamed(output, names, done);
    for (const auto& [from, to] : names)
        output.result(fmt::format("{} -> {}", from, to));
    if (names.empty()) output.result("nothing to rename: no other migration is newer");
}

}  // namespace

int run_rename(Context& context) {
    const auto& arguments = context.arguments;
    if (!arguments.has("after-latest"))
        fail(Errc::Usage, "rename: which versions are the files to get?",
             "godwit rename --after-latest V ...");
    Session session(context);
    auto& source = session.source();
    const auto folder = folder_of(source);
    const auto entries = source.list();
    const auto name = context.settings().find("format");
    const auto& format = name.given() ? find_format(name.text()) : detect_format(entries);
    const auto files = files_of(entries, format);
    const auto chosen = chosen_by(arguments.positionals, files, format);
    const auto latest = latest_of(files, chosen, ask_database(context, session, chosen, files));

    const bool due = latest && !(*latest < chosen.front().version);
    const auto names = due ? new_names(chosen, *latest, format) : Names{};
    const bool dry = arguments.has("dry-run");
    if (!dry) move_files(folder, names);
    show(context.output, names, due && !dry);
    const bool indexed = std::ranges::find(entries, "migrations.json", &Entry::path) != entries.end();
    if (due && !dry && indexed)
        context.output.say(fmt::format(
            "note: migrations.json holds the old names; write it again: godwit index {}", folder.string()));
    return 0;
}

}  // namespace godwit::cli
