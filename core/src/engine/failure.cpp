#include "engine/failure.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/ledger_reading.hpp"

namespace godwit::engine {
namespace {

/// 1-based number of the statement whose piece holds the byte, 0 where there is none.
std::size_t statement_at(const Script& script, std::size_t position) {
    const auto& statements = script.statements();
    const auto behind = std::upper_bound(
        statements.begin(), statements.end(), position,
        [](std::size_t at, const Statement& statement) { return at < statement.piece_begin; });
    return static_cast<std::size_t>(behind - statements.begin());
}

/// Where the error is in the script's text: what the server said, else the failing statement's beginning.
std::optional<std::size_t> position_of(const ErrorInfo& info, const Script& script) {
    if (info.position && *info.position <= script.text().size()) return info.position;
    const auto& statements = script.statements();
    if (info.where.statement == 0 || info.where.statement > statements.size()) return std::nullopt;
    return statements[info.where.statement - 1].begin;
}

void complete_place(ErrorInfo& info, const Script& script) {
    Where& where = info.where;
    if (where.statements == 0) where.statements = script.statements().size();
    const auto position = position_of(info, script);
    if (!position) return;
    if (where.statement == 0) where.statement = statement_at(script, *position);
    if (where.line == 0) {
        const Position place = script.position_of(*position);
        where.line = place.line;
        where.column = place.column;
    }
    if (info.excerpt.empty()) info.excerpt = script.excerpt(*position);
}

std::string state_of_table(const TableAfter& table) {
    const auto dirt = table.dirty ? "dirty" : "clean";
    if (!table.version) return fmt::format("nothing is applied, {}", dirt);
    return fmt::format("the database is at {}, {}", table.version->text(), dirt);
}

std::string state_text(const ErrorInfo& info, const Step& step, const TableAfter& table) {
    const auto total = step.script.statements().size();
    switch (info.kept) {
        case Kept::Nothing:
            return fmt::format("nothing of this migration was kept; {}", state_of_table(table));
        case Kept::Part:
            return fmt::format("{} of {} statements of this migration were kept; {}", info.statements_done,
                               total, state_of_table(table));
        case Kept::All:
            return fmt::format("every statement of this migration was kept, only the ledger is behind; {}",
                               state_of_table(table));
        case Kept::Unknown:
            break;
    }
    return "it cannot be told from here whether this migration landed";
}

std::string next_text(const ErrorInfo& info, const Step& step) {
    const auto word = direction_name(step.direction);
    switch (info.kept) {
        case Kept::Nothing:
            return fmt::format("fix the file, then run: godwit {}", word);
        case Kept::Part:
            if (info.statements_done == 0)
                return "look at what it did; where that is all, godwit resume --done; else undo it, then "
                       "run: "
                       "godwit resume --again";
            return fmt::format(
                "finish or undo it by hand, and say so with godwit force VERSION; or remove the cause, leave "
                "statements 1 to {} of the file as they are, and go on at statement {}, then run: godwit {}",
                info.statements_done, info.statements_done + 1, word);
        case Kept::All:
            return fmt::format("godwit {}", word);
        case Kept::Unknown:
            break;
    }
    return "godwit status, then: godwit up";
}

}  // namespace

TableAfter table_after_failure(const ErrorInfo& info, const Step& step,
                               const std::optional<Version>& before) {
    if (step.dirty_policy == DirtyPolicy::Always) return {step.version_after, true};
    const bool kept = info.kept == Kept::Part || info.kept == Kept::All;
    return kept ? TableAfter{step.version_after, true} : TableAfter{before, false};
}

void complete_failure(ErrorInfo& info, const Step& step, const std::string& file,
                      const std::optional<Version>& before) {
    if (info.where.file.empty()) info.where.file = file;
    if (info.where.version.empty()) info.where.version = step.version.text();
    complete_place(info, step.script);
    if (info.state.empty()) info.state = state_text(info, step, table_after_failure(info, step, before));
    if (info.next.empty()) info.next = next_text(info, step);
}

}  // namespace godwit::engine
