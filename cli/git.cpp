#include "git.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "godwit/error.hpp"
#include "process.hpp"
#include "words.hpp"

namespace godwit::cli {

namespace {

/// So many names fit on a command line whatever their length.
constexpr std::size_t kNamesAtOnce = 500;

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

/// What git tells its hooks of the repository: relative to another folder than ours.
constexpr std::array<std::string_view, 6> kHookVariables{
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"};

Finished run_git(std::vector<std::string> words, const std::filesystem::path& folder) {
    words.insert(words.begin(), "git");
    return run_program(std::move(words), {.folder = folder, .without = kHookVariables});
}

}  // namespace

std::string Git::run(std::vector<std::string> words) const {
    const auto command = words.front();
    auto done = run_git(std::move(words), folder_);
    if (done.status != 0)
        fail(Errc::Usage, fmt::format("git {} in {}: {}", command, folder_.string(),
                                      done.err.empty() ? fmt::format("it ended with {}", done.status)
                                                       : first_line(done.err)));
    return std::move(done.out);
}

std::string Git::commit(const std::string& ref) const {
    (void)run({"rev-parse", "--show-toplevel"});  // is this a repository at all
    const auto found =
        run_git({"rev-parse", "--verify", "--quiet", "--end-of-options", ref + "^{commit}"}, folder_);
    if (found.status != 0)
        fail(Errc::Usage, fmt::format("git knows no commit '{}' here", ref),
             "fetch it first: git fetch origin main; in CI, a checkout with history (fetch-depth: 0)");
    return first_line(found.out);
}

std::string Git::merge_base(const std::string& commit) const {
    const auto found = run_git({"merge-base", commit, "HEAD"}, folder_);
    return found.status == 0 ? first_line(found.out) : std::string();
}

Git::Tree Git::files(const std::string& commit) const {
    // "<mode> <type> <id>\t<name>\0", from the working folder on
    const auto listing = run({"ls-tree", "-z", commit});
    Tree tree;
    for (const auto entry : split_words(listing, '\0')) {
        const auto tab = entry.find('\t');
        if (tab == std::string_view::npos) continue;
        const auto words = split_words(entry.substr(0, tab));
        if (words.size() == 3 && words[1] == "blob") tree.emplace(entry.substr(tab + 1), words[2]);
    }
    return tree;
}

Git::Tree Git::ids(std::span<const std::string> paths) const {
    Tree tree;
    for (std::size_t at = 0; at < paths.size(); at += kNamesAtOnce) {
        const auto some = paths.subspan(at, std::min(kNamesAtOnce, paths.size() - at));
        std::vector<std::string> words{"hash-object", "--"};
        words.insert(words.end(), some.begin(), some.end());
        const auto answer = run(std::move(words));
        const auto ids = split_words(answer, '\n');
        if (ids.size() != some.size())
            fail(Errc::Internal,
                 fmt::format("git hash-object gave {} ids for {} files", ids.size(), some.size()));
        for (std::size_t i = 0; i < some.size(); ++i)
            tree.emplace(some[i], ids[i]);
    }
    return tree;
}

std::string Git::content(const std::string& id) const {
    return run({"cat-file", "blob", id});
}

}  // namespace godwit::cli
