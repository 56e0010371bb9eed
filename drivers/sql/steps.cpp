#include "sql/steps.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sql/history_table.hpp"

namespace godwit::sql {

std::string shown(const std::optional<Version>& version, bool dirty) {
    return fmt::format("{}, {}", version ? version->text() : std::string("no version"),
                       dirty ? "dirty" : "clean");
}

std::string command_of(const Step& step) {
    return step.direction == Direction::Up ? "godwit up" : "godwit down";
}

HistoryState finished_state(const Step& step) {
    return step.direction == Direction::Up ? HistoryState::Applied : HistoryState::RolledBack;
}

namespace {

/// Above it a row would be too large, and a script that has changed cannot be resumed.
constexpr std::size_t kMostHashed = 4096;

std::string hashes_of(const Script& script) {
    std::string text;
    if (script.statements().size() > kMostHashed) return text;
    for (const std::string& hash : script.statement_hashes())
        text += hash;
    return text;
}

HistoryRow step_row(const Step& step, const RunIdentity& run, std::size_t total) {
    HistoryRow row = history_row(step, run);
    row.statements_total = total;
    row.version_after = version_text(step.version_after);
    row.error = step.remark;
    return row;
}

}  // namespace

HistoryRow started_row(const Step& step, const RunIdentity& run, const Script& script) {
    HistoryRow row = step_row(step, run, script.statements().size());
    row.statement_hashes = hashes_of(script);
    return row;
}

HistoryRow finished_row(const Step& step, const RunIdentity& run, std::size_t total, bool skipped) {
    HistoryRow row = step_row(step, run, total);
    row.state = finished_state(step);
    row.statements_done = skipped ? 0 : total;
    return row;
}

HistoryRow failed_row(const Step& step, const RunIdentity& run, const Script& script, std::size_t done,
                      const std::string& error) {
    HistoryRow row = started_row(step, run, script);
    row.state = HistoryState::Failed;
    row.statements_done = done;
    row.error = error_text(step, error);
    return row;
}

std::string error_text(const Step& step, const std::string& message) {
    return step.remark.empty() ? message : fmt::format("{} ({})", message, step.remark);
}

HistoryRow completed_row(HistoryRow row, const RunIdentity& run) {
    if (row.run_id.empty()) row.run_id = run.run_id;
    if (row.os_user.empty()) row.os_user = run.os_user;
    if (row.host.empty()) row.host = run.host;
    if (row.tool_version.empty()) row.tool_version = run.tool_version;
    if (row.started_at == Timestamp{}) row.started_at = now();
    return row;
}

void place(ErrorInfo& info, const Step& step, const Script& script, std::optional<std::size_t> statement,
           std::optional<std::size_t> position) {
    info.where.file = script.file();
    info.where.version = step.version.text();
    info.where.statements = script.statements().size();
    info.position = position;
    std::optional<std::size_t> at = position;
    if (statement && *statement < script.statements().size()) {
        info.where.statement = *statement + 1;
        if (!at) at = script.statements()[*statement].begin;
    }
    if (!at) return;
    const Position where = script.position_of(*at);
    info.where.line = where.line;
    info.where.column = where.column;
    info.excerpt = script.excerpt(*at);
}

unsigned retries(const Script& script) {
    unsigned most = script.directives().retry.value_or(0);
    for (const Statement& statement : script.statements())
        most = std::max(most, script.directives(statement).retry.value_or(0));
    return most;
}

Error wrong_row_count(std::uint64_t expected, std::uint64_t found) {
    ErrorInfo info;
    info.code = Errc::Statement;
    info.message = fmt::format("{} rows were affected, and expect-rows asks for {}", found, expected);
    info.hint = "look at what the statement matches in this database";
    return Error(std::move(info));
}

bool is_nonzero(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos &&
           text.find_first_not_of('0') != std::string::npos;
}

}  // namespace godwit::sql
