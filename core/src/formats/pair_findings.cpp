#include "formats/pair_findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "formats/pair_name.hpp"
#include "godwit/ascii.hpp"

namespace godwit::layout {
namespace {

bool is_leftover(std::string_view extension) {
    constexpr std::array<std::string_view, 10> kEndings{"~",    ".bak",  ".orig", ".rej",  ".swp",
                                                        ".tmp", ".save", ".old",  ".copy", "#"};
    return std::any_of(kEndings.begin(), kEndings.end(),
                       [&](auto ending) { return extension.ends_with(ending); });
}

void add_missing_half(const Migration& migration, std::vector<Finding>& findings) {
    if (!migration.up) {
        findings.push_back({"missing-up", Severity::Warning, migration.version.text(),
                            migration.down->entry.path,
                            fmt::format("version {} has no up file: going up only moves the version",
                                        migration.version.text()),
                            "add the up file, or remove the down file"});
    } else if (!migration.down) {
        findings.push_back(
            {"missing-down", Severity::Warning, migration.version.text(), migration.up->entry.path,
             fmt::format("version {} has no down file: it cannot be rolled back", migration.version.text()),
             "add the down file, or say so in the up file: -- godwit: irreversible REASON"});
    } else if (migration.up->name() != migration.down->name()) {
        findings.push_back(
            {"name-mismatch",
             Severity::Info,
             migration.version.text(),
             migration.down->entry.path,
             fmt::format("the files of version {} have two titles: '{}' and '{}'", migration.version.text(),
                         migration.up->name(), migration.down->name()),
             {}});
    }
}

/// True where the versions count 1, 2, 3 with a few holes, and are not time stamps or steps of ten.
bool is_counting(const std::vector<Migration>& migrations) {
    constexpr std::int64_t kLargest = 99'999;
    if (migrations.size() < 2) return false;
    const auto first = migrations.front().version.as_bigint().value_or(kLargest + 1);
    const auto last = migrations.back().version.as_bigint().value_or(kLargest + 1);
    return last <= kLargest && last - first < 2 * static_cast<std::int64_t>(migrations.size());
}

void add_gaps(const std::vector<Migration>& migrations, std::vector<Finding>& findings) {
    if (!is_counting(migrations)) return;
    for (std::size_t i = 1; i < migrations.size(); ++i) {
        const auto before = *migrations[i - 1].version.as_bigint();
        const auto after = *migrations[i].version.as_bigint();
        if (after == before + 1) continue;
        const auto missing = after == before + 2
                                 ? fmt::format("version {} is", before + 1)
                                 : fmt::format("versions {} to {} are", before + 1, after - 1);
        findings.push_back({"gap",
                            Severity::Info,
                            std::to_string(before + 1),
                            {},
                            fmt::format("{} missing in the numbering", missing),
                            {}});
    }
}

}  // namespace

Finding out_of_range(const Entry& entry, std::string_view digits) {
    return {"version-out-of-range",
            Severity::Error,
            std::string(digits),
            entry.path,
            fmt::format("{}: version {} is larger than {}, the most a version table can hold", entry.path,
                        digits, INT64_MAX),
            "rename the file to a smaller version"};
}

Finding not_a_file(const Entry& entry, std::string_view digits) {
    return {"not-a-file",
            Severity::Error,
            std::string(digits),
            entry.path,
            fmt::format("{} has a migration's name but is no regular file", entry.path),
            "a broken symbolic link, a socket or a device cannot be run: replace or remove it"};
}

Finding duplicate(const Migration& migration, Direction direction, const Entry& first, const Entry& second) {
    return {"duplicate-version",
            Severity::Error,
            migration.version.text(),
            second.path,
            fmt::format("version {} has two {} files: {} and {}", migration.version.text(),
                        direction_name(direction), first.path, second.path),
            "give one of them a new version, or remove it"};
}

std::optional<Finding> odd_extension(const Migration& migration, const Half& half, Direction direction) {
    const Entry& entry = half.entry;
    const std::string_view extension =
        std::string_view(entry.path).substr(half.title_at + half.title_size + mark_of(direction).size());
    if (extension == "sql") return std::nullopt;  // as nearly all are
    const std::string lower = ascii_lower(extension);
    if (lower == "sql" || lower.ends_with(".sql")) return std::nullopt;
    const auto* const what =
        is_leftover(lower) ? "looks like a leftover of an editor or a backup" : "does not end in .sql";
    return Finding{"odd-extension",
                   Severity::Warning,
                   migration.version.text(),
                   entry.path,
                   fmt::format("{} {}, but counts as a migration", entry.path, what),
                   "remove or rename it if it is not meant to run"};
}

void add_pair_findings(MigrationSet& set) {
    for (const Migration& migration : set.in_order)
        add_missing_half(migration, set.findings);
    add_gaps(set.in_order, set.findings);
}

}  // namespace godwit::layout
