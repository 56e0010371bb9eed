#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::cli {

/// Asks git about one folder of a repository. Every member throws Errc::Usage with git's own words where it
/// refuses.
class Git {
  public:
    explicit Git(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Files by name, each with the id of its content.
    using Tree = std::map<std::string, std::string, std::less<>>;

    /// The commit that a branch, tag or id names.
    [[nodiscard]] std::string commit(const std::string& ref) const;
    /// Where HEAD and `commit` last were the same; "" where nothing is known of it (a shallow clone).
    [[nodiscard]] std::string merge_base(const std::string& commit) const;
    /// The folder's own files at `commit`, sub-folders left out; empty where it is not there.
    [[nodiscard]] Tree files(const std::string& commit) const;
    /// The ids that these files of the folder have now.
    [[nodiscard]] Tree ids(std::span<const std::string> paths) const;
    [[nodiscard]] std::string content(const std::string& id) const;

  private:
    [[nodiscard]] std::string run(std::vector<std::string> words) const;

    std::filesystem::path folder_;
};

}  // namespace godwit::cli
