#include "engine/dirty.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace godwit::engine {
namespace {

struct Neighbours {
    std::optional<Version> below;
    std::optional<Version> above;
};

Neighbours neighbours_of(const MigrationSet& migrations, const std::optional<Version>& version) {
    const auto& files = migrations.in_order;
    const auto above =
        !version ? files.begin()
                 : std::upper_bound(files.begin(), files.end(), *version,
                                    [](const Version& v, const Migration& m) { return v < m.version; });
    Neighbours found;
    if (above != files.end()) found.above = above->version;
    auto at = above;
    while (at != files.begin() && version && std::prev(at)->version >= *version)
        --at;
    if (version && at != files.begin()) found.below = std::prev(at)->version;
    return found;
}

std::string force_command(const std::optional<Version>& version) {
    return fmt::format("godwit force {}", version ? version->text() : "none");
}

/// The cases that leave the dirty row (version, true): its up failed, or the down of the one above did.
std::string meanings(const std::optional<Version>& version, const Neighbours& around) {
    const auto down = around.above ? fmt::format("the down of {} failed", around.above->text())
                                   : std::string("the down of a version that is not among the files failed");
    return version ? fmt::format("either the up of {} failed, or {}", version->text(), down) : down;
}

std::string choices(const std::optional<Version>& version, const Neighbours& around) {
    std::string text;
    if (version) {
        text +=
            fmt::format("if the up of {} left nothing: {}\n", version->text(), force_command(around.below));
    }
    if (around.above) {
        text += fmt::format("if the down of {} left everything there: {}\n", around.above->text(),
                            force_command(around.above));
    }
    return text + fmt::format("if {} is exactly what the database holds: {}",
                              version ? fmt::format("version {}", version->text()) : "nothing",
                              force_command(version));
}

std::string by_hand(const HistoryRow& unfinished, const LedgerReading& reading) {
    const auto version = Version::parse(unfinished.version);
    const bool up = unfinished.direction == Direction::Up;
    std::optional<Version> before;
    for (const Version& applied : reading.applied) {
        if (!version || applied < *version) before = applied;
    }
    return fmt::format("after finishing it by hand: {}\nafter undoing it by hand: {}",
                       force_command(up ? version : before), force_command(up ? before : version));
}

}  // namespace

Error unexplained_dirt(const MigrationSet& migrations, const LedgerState& state) {
    const Neighbours around = neighbours_of(migrations, state.version);
    ErrorInfo info;
    info.code = Errc::Dirty;
    info.message = fmt::format("the database is dirty at {}, and no history of godwit tells why: {}",
                               shown(state.version), meanings(state.version, around));
    info.where.version = ledger_text(state.version);
    info.hint = "look at the database, bring it to one of these states, and say which it is";
    info.state = fmt::format("dirty at {}; nothing was run", shown(state.version));
    info.next = choices(state.version, around);
    return Error(std::move(info));
}

Error half_done(const HistoryRow& unfinished, const LedgerReading& reading, std::string_view why,
                bool may_go_on) {
    ErrorInfo info;
    info.code = Errc::Dirty;
    info.message = fmt::format("the {} of version {} ({}) is half-done: {} of {} statements{}",
                               direction_name(unfinished.direction), unfinished.version, unfinished.name,
                               unfinished.statements_done, unfinished.statements_total,
                               why.empty() ? "" : fmt::format("; {}", why));
    info.where.version = unfinished.version;
    info.where.statements = unfinished.statements_total;
    info.hint = unfinished.error.empty() ? "" : fmt::format("it ended with: {}", unfinished.error);
    info.state = fmt::format("{} of {} statements are kept; nothing was run now", unfinished.statements_done,
                             unfinished.statements_total);
    if (may_go_on) info.next = "to finish it: godwit resume\n";
    info.next += by_hand(unfinished, reading);
    info.kept = Kept::Part;
    info.statements_done = unfinished.statements_done;
    return Error(std::move(info));
}

Error in_question(const HistoryRow& unfinished, const LedgerReading& reading, const Script& script,
                  std::string_view why) {
    const Statement& statement = script.statements()[unfinished.statements_done];
    const std::size_t number = unfinished.statements_done + 1;
    const bool cut_off = unfinished.state == HistoryState::Started;
    Error error = half_done(
        unfinished, reading,
        fmt::format("statement {} (line {} of {}) {}, and it cannot be told whether it took effect: {}",
                    number, statement.line, script.file(),
                    cut_off ? "was running when the run was cut off" : "failed", why),
        false);
    ErrorInfo& info = error.edit();
    info.where = {script.file(), unfinished.version,         statement.line, statement.column,
                  number,        unfinished.statements_total};
    info.excerpt = script.excerpt(statement.begin);
    info.state = fmt::format(
        "{} of {} statements are kept; statement {} either took effect, or left nothing; "
        "nothing was run now",
        unfinished.statements_done, unfinished.statements_total, number);
    info.next = fmt::format(
        "look at the database\nif statement {0} took effect: godwit resume --done\nif it "
        "did not: godwit resume --again\n{1}",
        number, info.next);
    return error;
}

Error changed_since(const HistoryRow& unfinished, const LedgerReading& reading, const Script& script,
                    const std::vector<std::size_t>& changed) {
    std::string which;
    for (const std::size_t i : changed) {
        const auto& statements = script.statements();
        which += fmt::format(
            "{}{}{}", which.empty() ? "" : ", ", i + 1,
            i < statements.size() ? fmt::format(" (line {})", statements[i].line) : std::string(" (gone)"));
    }
    Error error = half_done(
        unfinished, reading,
        changed.empty()
            ? std::string("its script has changed since, so that it cannot be told where to go on")
            : fmt::format("{} {} of {} {} not what was run", changed.size() == 1 ? "statement" : "statements",
                          which, script.file(), changed.size() == 1 ? "is" : "are"),
        false);
    ErrorInfo& info = error.edit();
    info.where.file = script.file();
    info.next = fmt::format("{}: godwit {}\n{}",
                            changed.empty() ? "with the file as it was"
                                            : "with these statements as they were, whatever is behind them",
                            direction_name(unfinished.direction), info.next);
    return error;
}

void explain_kept(ErrorInfo& info, const Dialect& dialect) {
    if (dialect.rules == StatementRules::Generic) return;
    info.state +=
        dialect.rules == StatementRules::MySql
            ? "; this database keeps the statements before the one that failed"
            : "; a script without its own BEGIN and COMMIT was rolled back whole, so that most likely "
              "nothing of it was kept";
}

}  // namespace godwit::engine
