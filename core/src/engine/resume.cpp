#include "engine/resume.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "engine/dirty.hpp"

namespace godwit::engine {
namespace {

bool same_script(const HistoryRow& row, const Script& script) {
    if (!row.checksum.empty() && row.checksum == script.sha256()) return true;
    return !row.token_checksum.empty() && row.token_checksum == script.token_sha256();
}

std::string upper_words(std::string_view sql) {
    std::string text;
    for (const char c : sql.substr(0, 200)) {
        const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (blank && (text.empty() || text.back() == ' ')) continue;
        text += blank ? ' ' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return text;
}

/// PostgreSQL's statements outside of transactions that may run again: some by their nature, those that work
/// concurrently because the driver asks the catalog what became of them, the others because it takes "exists
/// already" and "does not exist" for done. docs/databases/postgresql.md has the table.
bool is_repeatable(std::string_view sql) {
    const std::string text = upper_words(sql);
    static constexpr auto repeatable = std::to_array<std::string_view>(
        {"VACUUM", "REINDEX", "CLUSTER", "ALTER SYSTEM", "ALTER DATABASE", "ALTER TABLE", "DISCARD",
         "CREATE INDEX CONCURRENTLY", "CREATE UNIQUE INDEX CONCURRENTLY", "DROP INDEX CONCURRENTLY",
         "CREATE DATABASE", "DROP DATABASE", "CREATE TABLESPACE", "DROP TABLESPACE"});
    return std::ranges::any_of(repeatable, [&](std::string_view begin) { return text.starts_with(begin); });
}

/// Whether the statement commits together with its progress, so that "not counted as done" means "did not
/// happen", or may simply run again.
bool is_certain(const Script& script, const Statement& statement, const Dialect& dialect) {
    if (dialect.rules == StatementRules::PostgreSql || dialect.rules == StatementRules::Sqlite) {
        return statement.transaction != TransactionNeed::Refuses || is_repeatable(script.sql(statement));
    }
    const bool changes_data = statement.kind == StatementKind::Dml || statement.kind == StatementKind::Query;
    return changes_data && !statement.implicit_commit;
}

/// Whether statement number statements_done may or may not have taken effect.
bool is_in_question(const HistoryRow& row, const Script& script) {
    if (row.statements_done >= script.statements().size()) return false;
    return row.state == HistoryState::Started || !row.fingerprint.empty();
}

/// What the statements before `end` left is gone with the session; this is for those that left nothing else.
bool left_only_settings(const Script& script, std::size_t end) {
    const auto& statements = script.statements();
    return std::all_of(statements.begin(), statements.begin() + static_cast<std::ptrdiff_t>(end),
                       [](const Statement& statement) {
                           return statement.sets_session_state && statement.kind == StatementKind::Session;
                       });
}

class Resuming {
  public:
    Resuming(const HalfDone& half, Driver& driver, ResumeWish wish)
        : half_(half), row_(half.row), script_(half.script), driver_(driver), wish_(wish) {}

    ResumePoint find() {
        const std::size_t total = script_.statements().size();
        if (row_.statements_done > total && script_.statements().empty()) refuse("the script is empty now");
        require_unchanged();
        point_.statement = row_.statements_done;
        if (wish_ != ResumeWish::FindOut)
            obey();
        else if (is_in_question(row_, script_))
            find_out();
        restore_session();
        return std::move(point_);
    }

  private:
    [[noreturn]] void refuse(std::string_view why) const { throw half_done(row_, half_.reading, why, false); }

    /// What has run must be what the file says; so must the statement that may have run, unless a person
    /// answers for it.
    void require_unchanged() const {
        if (same_script(row_, script_)) return;
        const bool asked = row_.state == HistoryState::Started || !row_.fingerprint.empty();
        const std::size_t count =
            row_.statements_done +
            (asked && wish_ == ResumeWish::FindOut && row_.statements_done < row_.statements_total ? 1 : 0);
        const auto changed = changed_statements(row_, script_, count);
        if (!changed) throw changed_since(row_, half_.reading, script_, {});
        if (!changed->empty()) throw changed_since(row_, half_.reading, script_, *changed);
    }

    void obey() {
        if (row_.statements_done >= script_.statements().size()) throw nothing_left_in_question();
        if (wish_ == ResumeWish::Done) ++point_.statement;
        tell(fmt::format("resume --{}: statement {} {}", wish_ == ResumeWish::Done ? "done" : "again",
                         row_.statements_done + 1,
                         wish_ == ResumeWish::Done ? "counts as done" : "is run again"));
    }

    [[nodiscard]] Error nothing_left_in_question() const {
        ErrorInfo info;
        info.code = Errc::Usage;
        info.message =
            fmt::format("every statement of version {} is done: none is in question", row_.version);
        info.where.version = row_.version;
        info.state = "nothing was run";
        info.next = "godwit resume";
        return Error(std::move(info));
    }

    void find_out() {
        const Statement& statement = script_.statements()[row_.statements_done];
        const auto found = driver_.effect_of(row_, script_);
        const bool certain = is_certain(script_, statement, driver_.dialect());
        if (!found && certain) return;
        const Effect effect = found ? found->effect : Effect::Unknown;
        if (effect == Effect::Unknown)
            throw in_question(row_, half_.reading, script_,
                              found ? found->why : "nothing was noted of what it found when it began");
        if (effect == Effect::Taken) ++point_.statement;
        if (effect == Effect::None && certain) return;
        tell(fmt::format("statement {} was running when the run was cut off, and {}",
                         row_.statements_done + 1,
                         effect == Effect::Taken ? "had taken effect" : "left nothing"));
    }

    void tell(std::string what) {
        point_.finding = Finding{"resumed",
                                 Severity::Info,
                                 row_.version,
                                 script_.file(),
                                 fmt::format("the {} of version {} goes on at statement {} of {}: {}",
                                             direction_name(row_.direction), row_.version,
                                             point_.statement + 1, script_.statements().size(), what),
                                 {}};
        point_.remark = std::move(what);
    }

    void restore_session() {
        if (point_.statement == script_.statements().size()) return;
        const auto lost = driver_.lost_with_session(script_, point_.statement);
        if (!lost) return;
        if (!left_only_settings(script_, point_.statement)) return judge_lost(*lost);
        point_.statement = 0;
    }

    /// Of a procedure it is not known whether it left anything: a person who has looked may go on.
    void judge_lost(std::size_t statement) const {
        const Statement& lost = script_.statements()[statement];
        const bool maybe = lost.kind == StatementKind::Block || lost.kind == StatementKind::Other;
        if (maybe && wish_ != ResumeWish::FindOut) return;
        Error error = half_done(
            row_, half_.reading,
            fmt::format(
                "statement {} (line {} of {}) {}left something in its session only, which is gone and "
                "cannot be made again",
                statement + 1, lost.line, script_.file(), maybe ? "may have " : ""),
            false);
        if (maybe)
            error.edit().next =
                fmt::format("where the rest does without it: godwit resume --again\n{}", error.info().next);
        throw error;
    }

    const HalfDone& half_;
    const HistoryRow& row_;
    const Script& script_;
    Driver& driver_;
    ResumeWish wish_;
    ResumePoint point_;
};

}  // namespace

std::optional<std::vector<std::size_t>> changed_statements(const HistoryRow& row, const Script& script,
                                                           std::size_t count) {
    constexpr std::size_t kDigits = 8;
    if (row.statement_hashes.empty() || row.statement_hashes.size() < count * kDigits) return std::nullopt;
    const auto now = script.statement_hashes();
    std::vector<std::size_t> changed;
    for (std::size_t i = 0; i < count; ++i) {
        const bool same = i < now.size() && row.statement_hashes.compare(i * kDigits, kDigits, now[i]) == 0;
        if (!same) changed.push_back(i);
    }
    return changed;
}

ResumePoint resume_point(const HalfDone& half, Driver& driver, ResumeWish wish) {
    return Resuming(half, driver, wish).find();
}

}  // namespace godwit::engine
