#include "formats/ignored.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "formats/pair_name.hpp"
#include "godwit/ascii.hpp"
#include "godwit/nearest.hpp"

namespace godwit::layout {
namespace {

/// Why a name is no migration, and what it was probably meant to be.
struct Reason {
    std::string message;
    std::string hint;
};

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

bool belongs_here(std::string_view name) {
    constexpr std::array<std::string_view, 5> kNames{"migrations.json", "godwit.yaml", ".godwit.yaml",
                                                     "license", "makefile"};
    constexpr std::array<std::string_view, 5> kEndings{".md", ".sum", ".gitkeep", ".gitignore", ".keep"};
    const std::string lower = ascii_lower(name);
    return lower.starts_with("readme") || std::find(kNames.begin(), kNames.end(), lower) != kNames.end() ||
           std::any_of(kEndings.begin(), kEndings.end(),
                       [&](auto ending) { return lower.ends_with(ending); });
}

std::string rename_to(std::string_view name) {
    return fmt::format("rename it to {}", name);
}

std::optional<Reason> wrong_case(std::string_view name) {
    const std::string lower = ascii_lower(name);
    const auto parsed = parse_pair_name(lower);
    if (!parsed) return std::nullopt;
    std::string fixed(name);
    const auto word = direction_name(parsed->direction);
    fixed.replace(parsed->version.size() + 1 + parsed->title.size() + 1, word.size(), word);
    return Reason{"the direction is not in lower case", rename_to(fixed)};
}

std::optional<Reason> wrong_version(std::string_view name) {
    if (!contains(name, ".up.") && !contains(name, ".down.")) return std::nullopt;
    const auto digits = leading_digits(name);
    if (digits.empty()) {
        return Reason{"its name does not begin with a version number", "a name is VERSION_TITLE.up.sql"};
    }
    const auto rest = name.substr(digits.size());
    const auto title = rest.front() == '.' ? fmt::format("title{}", rest) : std::string(rest.substr(1));
    return Reason{"no '_' stands behind its version number", rename_to(fmt::format("{}_{}", digits, title))};
}

bool starts_like_a_migration(std::string_view name) {
    const auto digits = leading_digits(name);
    return !digits.empty() && digits.size() < name.size() && name[digits.size()] == '_';
}

/// The name without the known ending ".sql".
std::string_view stem_of(std::string_view name) {
    constexpr std::string_view kSql = ".sql";
    return name.ends_with(kSql) ? name.substr(0, name.size() - kSql.size()) : name;
}

std::optional<Reason> wrong_direction(std::string_view name) {
    if (!starts_like_a_migration(name)) return std::nullopt;
    const auto stem = stem_of(name);
    const auto dot = stem.rfind('.');
    const auto word = dot == std::string_view::npos ? std::string_view{} : stem.substr(dot + 1);
    constexpr std::array<std::string_view, 2> kWords{"up", "down"};
    const auto meant = nearest(word, kWords);
    if (meant == word) {
        return Reason{"it has no extension behind its direction", rename_to(fmt::format("{}.sql", stem))};
    }
    if (meant && !word.empty()) {
        return Reason{fmt::format("'{}' is no direction", word),
                      rename_to(fmt::format("{}.{}.sql", stem.substr(0, dot), *meant))};
    }
    if (stem.size() == name.size()) return std::nullopt;
    return Reason{"it has no direction", rename_to(fmt::format("{}.up.sql", stem))};
}

std::optional<Reason> wrong_kind(std::string_view name) {
    if (name.ends_with(".go") || name.ends_with(".py")) {
        return Reason{"it is a program, and only SQL files are run", "its work needs a migration in SQL"};
    }
    if (contains(ascii_lower(name), ".sql")) {
        return Reason{"its name is not VERSION_TITLE.up.sql or VERSION_TITLE.down.sql",
                      "rename it, or move it to another folder"};
    }
    return std::nullopt;
}

std::optional<Reason> mistake_in(std::string_view name) {
    if (auto reason = wrong_case(name)) return reason;
    if (auto reason = wrong_version(name)) return reason;
    if (auto reason = wrong_direction(name)) return reason;
    return wrong_kind(name);
}

Finding ignored(const Entry& entry, std::string_view code, Severity severity, const Reason& reason) {
    return Finding{std::string(code),
                   severity,
                   {},
                   entry.path,
                   fmt::format("{} is ignored: {}", entry.path, reason.message),
                   reason.hint};
}

std::optional<Finding> explain_folder(const Entry& entry) {
    if (entry.path.starts_with('.')) return std::nullopt;
    return ignored(entry, "ignored-folder", Severity::Warning,
                   {"it is a folder, and sub-folders are not read",
                    fmt::format("move its migrations up, or name that folder as the source")});
}

}  // namespace

std::optional<Finding> explain_ignored(const Entry& entry) {
    if (entry.kind == EntryKind::Directory) return explain_folder(entry);
    if (belongs_here(entry.path)) return std::nullopt;
    if (entry.kind == EntryKind::Other) {
        return ignored(entry, "ignored-file", Severity::Warning, {"it is no regular file", {}});
    }
    if (const auto mistake = mistake_in(entry.path)) {
        return ignored(entry, "ignored-file", Severity::Warning, *mistake);
    }
    return ignored(entry, "ignored-file", Severity::Info, {"it is no migration", {}});
}

}  // namespace godwit::layout
