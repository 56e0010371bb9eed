#include "postgresql/landing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace godwit::postgresql {
namespace {

/// What differs from step to step; all else is the run's. Each has a parameter, the version table's number
/// has the one behind them.
constexpr std::array<std::string_view, 10> kOfStep{
    "version",          "name",  "checksum",    "token_checksum", "statements_done",
    "statements_total", "error", "down_script", "up_script",      "version_after"};

bool is_of_step(std::string_view column) {
    return std::ranges::find(kOfStep, column) != kOfStep.end();
}

bool same_run(const sql::HistoryValues& one, const sql::HistoryValues& other) {
    return std::ranges::equal(one.all(), other.all(), [](const auto& a, const auto& b) {
        return is_of_step(a.first) || a.second == b.second;
    });
}

/// The INSERT waits for the DELETE, which the count asks for.
std::string version_in_passing(const sql::TableName& version_table, const sql::Syntax& syntax) {
    const std::string table = sql::qualified(version_table, syntax.identifier);
    return fmt::format(
        "WITH gone AS (DELETE FROM {0} RETURNING 1), now AS (INSERT INTO {0} (version, dirty) SELECT "
        "${1}::bigint, false WHERE (SELECT count(*) FROM gone) >= 0) ",
        table, kOfStep.size() + 1);
}

}  // namespace

std::vector<std::string> Landing::prepare(const HistoryRow& like, bool relaxed) {
    ++number_;
    prepared_ = false;
    like_ = ledger_->values(like, StartedAt::Setting);
    sql::HistoryValues parameters = *like_;
    for (std::size_t i = 0; i < kOfStep.size(); ++i)
        parameters.set(kOfStep[i], sql::Raw{fmt::format("${}", i + 1)});
    return {fmt::format("PREPARE godwit_begin_{} AS {}", number_, start_clock(relaxed)),
            fmt::format("PREPARE godwit_record_{} AS {}{} RETURNING duration_ms", number_,
                        version_in_passing(ledger_->table(), ledger_->syntax()),
                        sql::insert_history(ledger_->table(), ledger_->syntax(), parameters))};
}

std::string Landing::begin() const {
    return fmt::format("EXECUTE godwit_begin_{}", number_);
}

std::optional<std::string> Landing::record(const HistoryRow& row, const Version& version) const {
    const sql::HistoryValues values = ledger_->values(row, StartedAt::Setting);
    if (!like_ || !same_run(*like_, values)) return std::nullopt;
    std::string text = fmt::format("EXECUTE godwit_record_{} (", number_);
    for (const std::string_view column : kOfStep)
        text.append(sql::render(values.get(column), ledger_->syntax())).append(", ");
    return text.append(fmt::format("{})", sql::version_number(version)));
}

}  // namespace godwit::postgresql
