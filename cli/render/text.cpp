#include "render/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "godwit/duration.hpp"
#include "render/format.hpp"
#include "words.hpp"

namespace godwit::cli::text {

namespace {

void labelled(Output& output, std::string_view indent, std::string_view label, const std::string& text) {
    if (text.empty()) return;
    bool first = true;
    for (const auto line : split_words(text, '\n')) {
        const auto lead = first ? fmt::format("{:<7}", label) : std::string(7, ' ');
        output.complain(fmt::format("{}{}{}", indent, first ? output.err().dim(lead) : lead, line));
        first = false;
    }
}

void excerpt(Output& output, const ErrorInfo& info) {
    for (const auto line : split_words(info.excerpt, '\n'))
        output.complain(fmt::format("      {}", line));
}

std::string place(const Where& where, const std::string& file) {
    if (where.line == 0) return file;
    return where.column == 0 ? fmt::format("{}:{}", file, where.line)
                             : fmt::format("{}:{}:{}", file, where.line, where.column);
}

void trailer(Output& output, std::string_view indent, const ErrorInfo& info) {
    labelled(output, indent, "detail:", info.detail.empty() ? "" : " " + info.detail);
    labelled(output, indent, "hint:", info.hint);
    labelled(output, indent, "state:", info.state);
    labelled(output, indent, "next:", info.next);
}

std::string marked(const Paint& paint, MigrationState state) {
    switch (state) {
        case MigrationState::Applied:
        case MigrationState::Baseline:
        case MigrationState::Skipped:
            return paint.green("✓");
        case MigrationState::Pending:
            return paint.dim("·");
        case MigrationState::Failed:
            return paint.red("✗");
        default:
            return paint.yellow("!");
    }
}

std::string status_line(const Paint& paint, const MigrationStatus& row, const Columns& widths) {
    auto line = fmt::format("  {} {:<{}} {:<{}}  {:<12}", marked(paint, row.state), row.version,
                            widths.version, row.name, widths.name, migration_state_name(row.state));
    if (row.applied_at) line += " " + readable_time(*row.applied_at);
    if (row.state == MigrationState::Failed && row.statements_total > 0)
        line += fmt::format("  {} of {} statements done", row.statements_done, row.statements_total);
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

Columns columns(const std::vector<MigrationStatus>& rows) {
    Columns widths;
    for (const auto& row : rows) {
        widths.version = std::max(widths.version, row.version.size());
        widths.name = std::max(widths.name, std::min<std::size_t>(row.name.size(), 48));
    }
    return widths;
}

}  // namespace

void error(Output& output, const ErrorInfo& info) {
    const auto& paint = output.err();
    output.complain(fmt::format("{} {}", paint.red("error:"), server_message(info)));
    const bool placed = !info.where.file.empty() && info.message.find(info.where.file) == std::string::npos;
    if (placed) output.complain("  " + place(info.where, info.where.file));
    excerpt(output, info);
    trailer(output, "  ", info);
}

void failure(Output& output, const ErrorInfo& error, const std::string& file, const ShowFile& show) {
    const auto& named = error.where.file.empty() ? file : error.where.file;
    if (!named.empty()) output.complain("      " + place(error.where, show(named)));
    excerpt(output, error);
    output.complain("      " + server_message(error));
    trailer(output, "      ", error);
}

void finding(Output& output, const Finding& found, bool as_result) {
    if (output.quiet() && !as_result) return;
    const auto& paint = as_result ? output.out() : output.err();
    const std::string word(severity_name(found.severity));
    const auto label = found.severity == Severity::Error     ? paint.red(word)
                       : found.severity == Severity::Warning ? paint.yellow(word)
                                                             : paint.dim(word);
    auto line = fmt::format("{}: {}: {}", label, found.code, found.message);
    if (!found.hint.empty()) line += fmt::format(" ({})", found.hint);
    as_result ? output.result(line) : output.say(line);
    for (const auto shown : split_words(found.detail, '\n')) {
        const auto indented = fmt::format("      {}", shown);
        as_result ? output.result(indented) : output.say(indented);
    }
}

void status(Output& output, const Status& status) {
    const auto widths = columns(status.migrations);
    for (const auto& row : status.migrations)
        output.result(status_line(output.out(), row, widths));
    for (const auto& found : status.findings)
        finding(output, found, true);
    const auto at = status.current ? "the database is at " + status.current->text() : "nothing is applied";
    const auto pending = status.pending == 0 ? "nothing pending" : fmt::format("{} pending", status.pending);
    output.result(fmt::format("{}; {}{}", pending, at, status.dirty ? output.out().red(", dirty") : ""));
}

std::string outcome(const Validation& validation) {
    const auto count = [&](Severity severity) {
        return static_cast<std::size_t>(
            std::ranges::count(validation.findings, severity, &Finding::severity));
    };
    return validation.ok() ? fmt::format("valid: files and ledger agree ({})",
                                         counted(count(Severity::Warning), "warning"))
                           : fmt::format("not valid: {}, {}", counted(count(Severity::Error), "error"),
                                         counted(count(Severity::Warning), "warning"));
}

void validation(Output& output, const Validation& validation) {
    for (const auto& found : validation.findings)
        finding(output, found, true);
    output.result(outcome(validation));
}

void ledger_work(Output& output, const LedgerWork& work) {
    Columns widths;
    for (const auto& action : work.actions) {
        widths.version = std::max(widths.version, action.version.size());
        widths.name = std::max(widths.name, std::min<std::size_t>(action.name.size(), 48));
    }
    for (const auto& action : work.actions)
        output.result(fmt::format("  {:<{}} {:<{}}  {:<11}  {}", action.version, widths.version, action.name,
                                  widths.name, action.what, action.message));
    for (const auto& found : work.left)
        finding(output, found, false);
}

namespace {

/// All that the row holds beside the line: for -v.
void history_details(Output& output, const HistoryRow& row) {
    output.result(fmt::format("      {}, kind {}, row {}, run {}, godwit {}, database user {}",
                              direction_name(row.direction), row.kind, row.id, row.run_id, row.tool_version,
                              row.db_user.empty() ? "-" : row.db_user));
    if (!row.checksum.empty())
        output.result(fmt::format("      sha256 {}, of its tokens {}", row.checksum, row.token_checksum));
    output.result(fmt::format("      afterwards at {}; {}",
                              row.version_after.empty() ? "nothing applied" : row.version_after,
                              row.has_down_script ? "down script stored" : "no down script stored"));
    for (const auto line : split_words(row.error, '\n'))
        output.result(fmt::format("      {}", line));
}

}  // namespace

void history(Output& output, const std::vector<HistoryRow>& rows) {
    std::size_t version = 0, name = 0;
    for (const auto& row : rows) {
        version = std::max(version, row.version.size());
        name = std::max(name, std::min<std::size_t>(row.name.size(), 48));
    }
    for (const auto& row : rows) {
        auto line = fmt::format(
            "{}  {:<{}} {:<{}}  {:<11} {:>4} of {:<4} {:>9}  {}@{}", readable_time(row.started_at),
            row.version.empty() ? "-" : row.version, std::max<std::size_t>(version, 1), row.name, name,
            history_state_name(row.state), row.statements_done, row.statements_total,
            format_duration(std::chrono::microseconds(static_cast<std::int64_t>(row.duration_ms * 1000))),
            row.os_user, row.host);
        if (row.kind != "migration") line += "  " + row.kind;
        if (!row.error.empty()) line += "  " + row.error.substr(0, row.error.find('\n'));
        output.result(line);
        if (output.verbosity() > 0) history_details(output, row);
    }
    if (rows.empty()) output.say("no history: nothing was applied by godwit yet");
}

void run(Output& output, const Result& result, std::chrono::microseconds took) {
    const auto moved = [&](Direction direction) {
        return static_cast<std::size_t>(std::ranges::count(result.done, direction, &DoneStep::direction));
    };
    std::vector<std::string> parts;
    if (const auto up = moved(Direction::Up)) parts.push_back(fmt::format("{} applied", up));
    if (const auto down = moved(Direction::Down)) parts.push_back(fmt::format("{} rolled back", down));
    if (parts.empty() && !result.failed) parts.emplace_back("nothing to do");
    if (result.failed) parts.emplace_back("1 failed");
    parts.push_back(fmt::format("{} pending", result.pending));
    if (!output.quiet())
        output.result(fmt::format("{} in {}", fmt::join(parts, ", "), format_duration(took)));
    if (result.interrupted)
        output.complain(fmt::format("interrupted: the database is at {}, {}", shown_version(result.current),
                                    result.dirty ? "dirty" : "clean"));
}

Columns columns(const MigrationSet& migrations) {
    Columns widths;
    for (const auto& migration : migrations.in_order) {
        widths.version = std::max(widths.version, migration.version.text_size());
        widths.name = std::max(widths.name, std::min<std::size_t>(migration.name().size(), 48));
    }
    return widths;
}

std::string RunReporter::head(std::string_view mark, std::string_view version, std::string_view name) const {
    return fmt::format("  {} {:<{}} {:<{}}", mark, version, columns_.version, name, columns_.name);
}

void RunReporter::on(const Event& event) {
    std::visit(
        [this](const auto& what) {
            using T = std::decay_t<decltype(what)>;
            if constexpr (std::is_same_v<T, FindingReported>) {
                if (what.finding.severity != Severity::Info || output_.verbosity() > 0)
                    finding(output_, what.finding, false);
            } else if constexpr (std::is_same_v<T, LockWaited>) {
                waited(what);
            } else if constexpr (std::is_same_v<T, StatementDone>) {
                statement(what);
            } else if constexpr (std::is_same_v<T, ServerNotice>) {
                notice(what);
            } else if constexpr (std::is_same_v<T, MigrationDone>) {
                done(what);
            } else if constexpr (std::is_same_v<T, MigrationFailed>) {
                failed(what);
            } else {
                static_assert(std::is_same_v<T, RunStarted> || std::is_same_v<T, MigrationStarted> ||
                              std::is_same_v<T, RunFinished>);
            }
        },
        event);
}

void RunReporter::done(const MigrationDone& event) {
    if (output_.quiet()) return;
    auto what = event.skipped ? std::string("skipped")
                : event.empty ? std::string("no script")
                              : counted(event.statements, "statement");
    if (event.stored) what += ", as stored";
    const auto way = event.direction == Direction::Down ? "down " : "";
    output_.result_now(fmt::format("{}  {}{:>14} {:>9}",
                                   head(output_.out().green("✓"), event.version, event.name), way, what,
                                   format_duration(event.took)));
}

void RunReporter::failed(const MigrationFailed& event) {
    const auto& where = event.error.where;
    std::string what = event.direction == Direction::Down ? "down " : "";
    if (where.statement > 0 && where.statements > 0)
        what += fmt::format("statement {} of {}", where.statement, where.statements);
    if (where.line > 0)
        what += fmt::format("{}line {}", what.empty() || what == "down " ? "" : ", ", where.line);
    output_.complain(fmt::format("{}  {}", head(output_.err().red("✗"), event.version, event.name), what));
    failure(output_, event.error, event.file, show_);
}

void RunReporter::statement(const StatementDone& event) {
    if (output_.verbosity() == 0) return;
    auto sql = event.sql;
    if (output_.verbosity() == 1) {
        const auto end = std::min(sql.find('\n'), std::size_t{100});
        if (end < sql.size()) sql = sql.substr(0, end) + " …";
    }
    output_.say(fmt::format("    {} {}/{}  {}  {}", event.version, event.statement, event.statements,
                            format_duration(event.took), sql));
}

void RunReporter::notice(const ServerNotice& event) {
    if (event.severity == Severity::Info && output_.verbosity() == 0) return;
    output_.say(fmt::format("    {}{}{}", event.version, event.version.empty() ? "" : "  ", event.text));
}

void RunReporter::waited(const LockWaited& event) {
    output_.say(fmt::format("waiting for the migration lock since {}{}{}", format_duration(event.waited),
                            event.holder.empty() ? "" : "; held by ", event.holder));
}

}  // namespace godwit::cli::text
