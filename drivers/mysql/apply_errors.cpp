#include <fmt/format.h>

#include <algorithm>

#include "godwit/ascii.hpp"
#include "mysql/apply.hpp"
#include "mysql/engines.hpp"
#include "mysql/fingerprint.hpp"
#include "mysql/text.hpp"

namespace godwit::mysql {
namespace {

/// "" where the script is at fault.
std::string next_after(const ErrorInfo& info, const std::string& user, const std::string& again) {
    if (info.transient) return "try again: " + again;
    if (info.code == Errc::Interrupted) return again;
    if (is_the_servers(info.native_code)) return "remove the cause, then run: " + again;
    // where FLUSH TABLES has not helped, there is no hint at it
    if (is_unread_trigger(info) && !info.hint.empty())
        return "run FLUSH TABLES as a user with the right RELOAD, then: " + again;
    if (is_denied(info.native_code))
        return fmt::format("give {} the right, or fix the file, then run: {}", user, again);
    return {};
}

/// Runs ledger statements as one transaction; says in the error when that fails.
bool save(Run& run, ErrorInfo& info, std::vector<std::string> statements, bool open) {
    if (!open) statements.insert(statements.begin(), "START TRANSACTION");
    statements.emplace_back("COMMIT");
    try {
        run.connection.query(joined(statements));
        return true;
    } catch (const Error& error) {
        run.ledger.forget();
        info.state += "; that it failed could not be written down: " + error.info().message;
        return false;
    }
}

/// What a CALL or an unread text had done when it failed is kept, and nobody knows how much that is.
bool may_have_done_part(const Work& work, std::size_t statement) {
    if (statement >= work.total()) return false;
    const StatementKind kind = work.script().statements()[statement].kind;
    return kind == StatementKind::Block || kind == StatementKind::Other;
}

/// Some definitions (DROP PROCEDURE among them) are done, and say all the same that they were cancelled. The
/// note made before the statement tells.
bool took_effect(Run& run, const Work& work, const ErrorInfo& info, std::size_t statement) {
    const auto& statements = work.script().statements();
    const bool cancelled = info.code == Errc::Interrupted && info.where.statement == statement + 1;
    if (!cancelled || statement >= statements.size() || !statements[statement].implicit_commit) return false;
    try {
        const auto newest = run.ledger.history(1);
        const bool of_this = !newest.empty() && newest.front().state == HistoryState::Started &&
                             newest.front().version == work.step->version.canonical() &&
                             newest.front().statements_done == statement;
        return of_this && find_effect(run.connection, newest.front(), work.script()).effect == Effect::Taken;
    } catch (const Error&) {  // the failure that is being told is the one that counts
        return false;
    }
}

bool names_part(const std::vector<sql::Row>& tables, std::string_view text) {
    return std::ranges::any_of(tables, [&](const sql::Row& row) {
        return text.find(ascii_lower(row.at(0).value_or(""))) != std::string_view::npos;
    });
}

}  // namespace

Error step_error(const Run& run, const Work& work, const Piece& piece, ErrorInfo info) {
    const Script& script = work.script();
    std::optional<std::size_t> statement;
    std::optional<std::size_t> position;
    if (piece.part == Part::Script) {
        statement = piece.statement;
        const Statement& found = script.statements()[piece.statement];
        const auto offset = offset_of_error(info.message, info.native_code, script.sql(found));
        if (offset) position = found.begin + *offset;
    } else if (info.code != Errc::Connect && info.code != Errc::Interrupted) {
        std::string none;
        offset_of_error(info.message, info.native_code, none);
        info.message =
            fmt::format("the ledger {} cannot be written: {}", run.ledger.table().shown(), info.message);
        info.next = "remove the cause, then run: " + sql::command_of(*work.step);
        run.ledger.explain_refusal(info);
    }
    sql::place(info, *work.step, script, statement, position);
    return Error(std::move(info));
}

Error nothing_kept(Run& run, const Work& work, const Error& error) {
    ErrorInfo info = error.info();
    const Step& step = *work.step;
    info.kept = Kept::Nothing;
    info.statements_done = 0;
    const bool mark = step.dirty_policy == DirtyPolicy::Always;
    const LedgerState& known = run.ledger.known();
    info.state =
        fmt::format("nothing of this migration was kept; the database is at {}",
                    mark ? sql::shown(step.version_after, true) : sql::shown(known.version, known.dirty));
    if (info.next.empty()) info.next = next_after(info, run.connection.facts().user, sql::command_of(step));
    if (!mark) return Error(std::move(info));
    std::vector<std::string> all = run.ledger.set_version(step.version_after, true);
    all.push_back(
        run.ledger.append_as_given(sql::failed_row(step, run.identity, work.script(), 0, info.message)));
    if (save(run, info, std::move(all), false)) run.ledger.remember(step.version_after, true);
    return Error(std::move(info));
}

Error part_kept(Run& run, const Work& work, const Error& error, std::size_t committed, const Before& before,
                bool open) {
    ErrorInfo info = error.info();
    const Step& step = *work.step;
    if (!open && took_effect(run, work, info, committed)) {
        ++committed;
        info.message += ", but it is done";
        info.next = sql::command_of(step);
    }
    const bool unclear = info.where.statement == committed + 1 && may_have_done_part(work, committed);
    const bool nothing = committed == 0 && !unclear;
    info.statements_done = committed;
    info.kept = nothing ? Kept::Nothing : committed == work.total() ? Kept::All : Kept::Part;
    const bool restores = nothing && step.dirty_policy == DirtyPolicy::OnlyWhenKept;
    const std::optional<Version> version = restores ? before.version : step.version_after;
    const bool dirty = !restores || before.dirty;
    info.state = nothing ? "nothing of this migration was kept"
                         : fmt::format("{} of {} statements are kept", committed, work.total());
    if (unclear) info.state += fmt::format(", and what statement {} did before it failed", committed + 1);
    info.state += "; the database is at " + sql::shown(version, dirty);
    std::vector<std::string> all = run.ledger.set_version(version, dirty);
    all.push_back(run.ledger.update(
        {{"state", std::string(history_state_name(HistoryState::Failed))},
         {"statements_done", static_cast<std::int64_t>(committed)},
         {"duration_ms", Ledger::duration_until_now()},
         {"error", sql::error_text(step, info.message)},
         {"fingerprint", unclear ? sql::Value(fmt::format("{}:?", committed + 1)) : sql::Value()},
         {"version_after", sql::version_text(version)}}));
    if (save(run, info, std::move(all), open)) run.ledger.remember(version, dirty);
    return Error(std::move(info));
}

Error untransactional_kept(Run& run, const Work& work, const Error& error, std::size_t done, bool open,
                           const std::function<void()>& saved) {
    ErrorInfo info = error.info();
    const Step& step = *work.step;
    info.kept = Kept::Part;
    info.statements_done = done;
    info.state = fmt::format(
        "{} of {} statements are kept, because the script changes a table whose engine knows "
        "no transactions{}; the database is at {}",
        done, work.total(), done == 0 ? ", and perhaps a part of the one that failed" : "",
        sql::shown(step.version_after, true));
    std::vector<std::string> all = run.ledger.set_version(step.version_after, true);
    all.push_back(
        run.ledger.append_as_given(sql::failed_row(step, run.identity, work.script(), done, info.message)));
    if (!save(run, info, std::move(all), open)) return Error(std::move(info));
    if (saved) saved();
    run.ledger.remember(step.version_after, true);
    return Error(std::move(info));
}

Error state_unknown(Run& run, const Work& work, const Error& error, std::string state) {
    ErrorInfo info = error.info();
    info.code = Errc::Connect;
    info.kept = Kept::Unknown;
    info.position.reset();
    info.where.version = work.step->version.text();
    info.state = std::move(state);
    info.next = "when the server answers again: godwit status";
    info.transient = true;
    run.ledger.forget();
    return Error(std::move(info));
}

bool names_untransactional_table(Run& run, const Script& script) {
    const auto tables = untransactional_tables(run.connection);
    return !tables.empty() && names_part(tables, ascii_lower(script.text()));
}

bool may_be_left_out(const Run& run, std::string_view sql) {
    return run.connection.facts().mariadb && word_at(sql, 0) == "delete";
}

Error left_out(const Work& work, std::optional<std::size_t> statement) {
    ErrorInfo info;
    info.code = Errc::Interrupted;
    info.message = "cancelled; it is undone, because MariaDB may have left out a DELETE that it calls done";
    sql::place(info, *work.step, work.script(), statement, std::nullopt);
    return Error(std::move(info));
}

std::optional<Error> left_out(const Run& run, const Work& work, std::size_t statement) {
    const Script& script = work.script();
    const bool doubtful =
        run.connection.cancelled() && may_be_left_out(run, script.sql(script.statements()[statement]));
    return doubtful ? std::optional(left_out(work, std::optional(statement))) : std::nullopt;
}

std::string warnings_of(const Script& script, std::size_t statement) {
    const auto& statements = script.statements();
    const StatementKind kind = statements[statement].kind;
    const bool may = kind == StatementKind::Dml || kind == StatementKind::Ddl || kind == StatementKind::Block;
    const bool asked = statement + 1 < statements.size() && looks_back(script.sql(statements[statement + 1]));
    return may && !asked ? "SHOW WARNINGS LIMIT 20" : "";
}

std::vector<std::string> intent_of(const Run& run, const Work& work) {
    const Step& step = *work.step;
    Mark mark = mark_of(run.connection.facts(), work.script(), step.resume_at);
    std::vector<std::string> all = std::move(mark.before);
    std::ranges::move(run.ledger.set_version(step.version_after, true), std::back_inserter(all));
    const HistoryRow row = sql::started_row(step, run.identity, work.script());
    std::ranges::move(run.ledger.append_started(row, mark.fingerprint), std::back_inserter(all));
    return all;
}

std::vector<std::string> progress_of(const Run& run, const Work& work, std::size_t done) {
    Mark mark = mark_of(run.connection.facts(), work.script(), done);
    std::vector<std::string> all = std::move(mark.before);
    std::vector<std::pair<std::string_view, sql::Value>> changes{
        {"statements_done", static_cast<std::int64_t>(done)}};
    const bool noted = !std::holds_alternative<std::monostate>(mark.fingerprint);
    if (noted) changes.emplace_back("fingerprint", std::move(mark.fingerprint));
    all.push_back(run.ledger.update(std::move(changes)));
    return all;
}

std::string completion_of(const Run& run, const Work& work) {
    return run.ledger.update({{"state", std::string(history_state_name(sql::finished_state(*work.step)))},
                              {"statements_done", static_cast<std::int64_t>(work.total())},
                              {"duration_ms", Ledger::duration_until_now()}});
}

std::vector<std::string> set_limits(const Run& run, const Directives& directives) {
    return run.connection.set_limits(directives.timeout, directives.lock_timeout);
}

std::vector<std::string> unset_limits(const Run& run, const Directives& directives) {
    return run.connection.unset_limits(directives.timeout.has_value(), directives.lock_timeout.has_value());
}

Milliseconds timeout_of(const Run& run, const Script& script, std::size_t statement) {
    const auto& own = script.directives(script.statements()[statement]).timeout;
    return unwatched_limit(run.connection, own ? own : script.directives().timeout);
}

bool is_true(Connection& connection, const std::string& query) {
    return sql::is_nonzero(connection.query_value(query));
}

}  // namespace godwit::mysql
