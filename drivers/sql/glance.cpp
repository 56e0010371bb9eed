#include "sql/glance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "godwit/error.hpp"

namespace godwit::sql {
namespace {

constexpr std::size_t kStateLetters = 2;
constexpr std::size_t kPrefix = kStateLetters + 1;

struct Letters {
    HistoryState state;
    bool counts;
};

/// The first two letters of the words of history_state_name() are enough to tell them apart.
std::optional<Letters> letters_of(std::string_view state) {
    if (state == "ap") return Letters{HistoryState::Applied, true};
    if (state == "ba") return Letters{HistoryState::Baseline, true};
    if (state == "st") return Letters{HistoryState::Started, true};
    if (state == "fa") return Letters{HistoryState::Failed, true};
    if (state == "ro") return Letters{HistoryState::RolledBack, false};
    if (state == "fo") return Letters{HistoryState::Forced, false};
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

void Glance::add(std::string_view text) {
    const auto part = [text](std::size_t at, std::size_t size) {
        return text.substr(std::min(at, text.size()), size);
    };
    add(part(0, kStateLetters), part(kStateLetters, 1), part(kPrefix, text.size()));
}

void Glance::add(std::string_view state, std::string_view direction, std::string_view version) {
    const auto letters = letters_of(state.substr(0, kStateLetters));
    auto parsed = Version::parse(version);
    if (!letters || !parsed || direction.empty())
        fail(Errc::Validation, fmt::format("the history table holds a row '{}{}{}': no godwit wrote that",
                                           state.substr(0, kStateLetters), direction.substr(0, 1), version));
    const Direction way = direction.front() == 'd' ? Direction::Down : Direction::Up;
    newest_first_.push_back({*std::move(parsed), letters->state, way, letters->counts});
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
        if (!newest || !seen.counts) continue;
        AppliedVersion row{.version = std::move(seen.version)};
        row.state = seen.state;
        row.direction = seen.direction;
        applied.push_back(std::move(row));
    }
    return applied;
}

}  // namespace godwit::sql
