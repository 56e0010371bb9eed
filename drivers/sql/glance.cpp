#include "sql/glance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "godwit/error.hpp"

namespace godwit::sql {
namespace {

constexpr std::size_t kStateLetters = 2;
constexpr std::size_t kPrefix = kStateLetters + 1;

/// The first two letters of the words of history_state_name() are enough to tell them apart.
std::optional<HistoryState> state_of_letters(std::string_view letters) {
    if (letters == "ap") return HistoryState::Applied;
    if (letters == "ba") return HistoryState::Baseline;
    if (letters == "st") return HistoryState::Started;
    if (letters == "fa") return HistoryState::Failed;
    if (letters == "ro") return HistoryState::RolledBack;
    if (letters == "fo") return HistoryState::Forced;
    return std::nullopt;
}

}  // namespace

std::string glance_expression(const Syntax& syntax) {
    const auto name = [&](std::string_view column) { return syntax.identifier(column); };
    if (syntax.family == Family::MySql)
        return fmt::format("CONCAT(LEFT({}, {}), LEFT({}, 1), {})", name("state"), kStateLetters,
                           name("direction"), name("version"));
    return fmt::format("substr({}, 1, {}) || substr({}, 1, 1) || {}", name("state"), kStateLetters,
                       name("direction"), name("version"));
}

std::string glance_query(const TableName& version, const Syntax& syntax) {
    return fmt::format("SELECT {} FROM {} WHERE version <> '' ORDER BY id DESC", glance_expression(syntax),
                       qualified(version.history(), syntax.identifier));
}

std::string glance_columns_query(const TableName& version, const Syntax& syntax) {
    return fmt::format("SELECT state, direction, version FROM {} WHERE version <> '' ORDER BY id DESC",
                       qualified(version.history(), syntax.identifier));
}

void Glance::add(std::string_view text) {
    const auto part = [text](std::size_t at, std::size_t size) {
        return text.substr(std::min(at, text.size()), size);
    };
    add(part(0, kStateLetters), part(kStateLetters, 1), part(kPrefix, text.size()));
}

void Glance::add(std::string_view state, std::string_view direction, std::string_view version) {
    const auto known = state_of_letters(state.substr(0, kStateLetters));
    auto parsed = Version::parse(version);
    if (!known || !parsed || direction.empty())
        fail(Errc::Validation, fmt::format("the history table holds a row '{}{}{}': no godwit wrote that",
                                           state.substr(0, kStateLetters), direction.substr(0, 1), version));
    const Direction way = direction.front() == 'd' ? Direction::Down : Direction::Up;
    newest_first_.push_back({*std::move(parsed), *known, way});
}

std::vector<AppliedVersion> Glance::applied() && {
    std::ranges::reverse(newest_first_);  // nearly in order already
    if (!std::ranges::is_sorted(newest_first_, {}, &Seen::version))
        std::ranges::stable_sort(newest_first_, {}, &Seen::version);
    std::vector<AppliedVersion> applied;
    applied.reserve(newest_first_.size());
    for (std::size_t i = 0; i < newest_first_.size(); ++i) {
        // of the rows of one version the newest stands last
        Seen& seen = newest_first_[i];
        const bool newest = i + 1 == newest_first_.size() || newest_first_[i + 1].version != seen.version;
        if (!newest || !counts_as_applied(seen.state)) continue;
        AppliedVersion row{.version = std::move(seen.version)};
        row.state = seen.state;
        row.direction = seen.direction;
        applied.push_back(std::move(row));
    }
    return applied;
}

}  // namespace godwit::sql
