#include "sqlite/applied.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "godwit/error.hpp"
#include "sql/values.hpp"

namespace godwit::sqlite {
namespace {

[[noreturn]] void not_ours(std::string_view column, std::string_view text) {
    fail(Errc::Validation,
         fmt::format("the history table holds '{}' in column {}: no godwit wrote that", text, column),
         "a newer godwit may have; otherwise rename the history table: then the version table alone counts");
}

HistoryState state_of(const std::string& word) {
    const auto state = parse_history_state(word);
    if (!state) not_ours("state", word);
    // A statement and the count of what is done are committed together here: what a run that was cut off left
    // is exactly as far as it says, and no statement of it is in question.
    return *state == HistoryState::Started ? HistoryState::Failed : *state;
}

AppliedVersion read_row(const Prepared& row, const std::string& version) {
    const auto parsed = Version::parse(version);
    if (!parsed) not_ours("version", version);
    const std::string started = row.text(5);
    const auto at = sql::parse_timestamp(started);
    if (!at) not_ours("started_at", started);
    const std::string direction = row.text(1);
    if (direction != "up" && direction != "down") not_ours("direction", direction);
    AppliedVersion out{.version = *parsed, .name = row.text(2)};
    out.checksum = row.text(3);
    out.token_checksum = row.text(4);
    out.applied_at = *at;
    out.duration_ms = row.real(6);
    out.has_down_script = row.integer(7) != 0;
    out.statements_done = static_cast<std::size_t>(row.integer(8));
    out.statements_total = static_cast<std::size_t>(row.integer(9));
    out.direction = direction == "up" ? Direction::Up : Direction::Down;
    return out;
}

}  // namespace

std::vector<AppliedVersion> read_applied(Connection& connection, const std::string& history) {
    Prepared row(
        connection.handle(),
        fmt::format("SELECT version, direction, name, checksum, token_checksum, started_at, duration_ms, "
                    "down_script IS NOT NULL, statements_done, statements_total, state FROM {} "
                    "WHERE version <> '' ORDER BY id DESC",
                    history));
    std::vector<AppliedVersion> applied;
    std::unordered_set<std::string> seen;
    while (row.next()) {
        const auto [version, is_newest] = seen.insert(row.text(0));
        if (!is_newest) continue;
        const HistoryState state = state_of(row.text(10));
        if (!counts_as_applied(state)) continue;
        applied.push_back(read_row(row, *version));
        applied.back().state = state;
    }
    std::ranges::reverse(applied);  // nearly in order already
    std::ranges::sort(applied, {}, &AppliedVersion::version);
    return applied;
}

}  // namespace godwit::sqlite
