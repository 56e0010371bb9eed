#include <algorithm>

#include "bench.hpp"

namespace godwit::contract {
namespace {

Outcome apply(Bench& bench, const std::vector<Step>& steps) {
    Witness witness;
    Outcome outcome = bench.driver().apply(steps, identity(), witness);
    require_equal("number of steps reported as landed", witness.landed.size(), outcome.landed);
    return outcome;
}

const ErrorInfo& failure_of(const Outcome& outcome) {
    require(outcome.failure.has_value(), "a statement that must fail does not");
    return outcome.failure->info();
}

/// Creates contract_half, then fails, then would create contract_late.
Step failing_step(Bench& bench, std::uint64_t number) {
    const DriverQuirks& quirks = bench.quirks();
    return bench.up(number, Bench::script({quirks.create("contract_half"), quirks.failing,
                                           quirks.create("contract_late")}));
}

/// A driver tells the line, or the offset that it follows from.
std::size_t line_of(const ErrorInfo& info, const Script& script) {
    if (info.where.line != 0 || !info.position) return info.where.line;
    return script.position_of(*info.position).line;
}

void check_report(Bench& bench) {
    const Outcome outcome = apply(bench, {bench.creating(1), failing_step(bench, 2), bench.creating(3)});
    const ErrorInfo& info = failure_of(outcome);
    require_equal("number of steps landed", outcome.landed, 1);
    require(info.code == Errc::Statement, "a failed statement is not an error of kind statement");
    require(!info.message.empty(), "the error has no message");
    require_equal("statement of the error", info.where.statement, 2);
    require_equal("line of the error", line_of(info, failing_step(bench, 2).script), 2);
    // who holds the step may leave these to the engine, but must not tell something else
    const auto require_if_told = [](std::string_view what, const std::string& told,
                                    std::string_view expected) {
        if (!told.empty()) require_equal(what, told, expected);
    };
    require_if_told("file of the error", info.where.file, "2_contract.up.sql");
    require_if_told("version of the error", info.where.version, "2");
}

void check_nothing_kept(Bench& bench) {
    const Outcome outcome = apply(bench, {bench.creating(1), failing_step(bench, 2), bench.creating(3)});
    const ErrorInfo& info = failure_of(outcome);
    require(info.kept == Kept::Nothing, "the error does not say that nothing was kept");
    require_equal("statements kept", info.statements_done, 0);
    require_equal("version after a failure", bench.state(), "1");
    // would fail where something of the failed step, or of the one behind it, had stayed
    bench.land({bench.up(2, Bench::script({bench.quirks().create("contract_half")})), bench.creating(3)});
    require_equal("version after the repaired script", bench.state(), "3");
}

void check_part_kept(Bench& bench) {
    const Outcome outcome = apply(bench, {bench.creating(1), failing_step(bench, 2), bench.creating(3)});
    const ErrorInfo& info = failure_of(outcome);
    require(info.kept == Kept::Part, "the error does not say that a part was kept");
    require_equal("statements kept", info.statements_done, 1);
    const LedgerState state = bench.connect()->state();
    require(state.head && state.head->state == HistoryState::Failed,
            "the ledger does not tell of the failure");
    require_equal("statements kept, in the ledger", state.head->statements_done, 1);
    require_equal("statements of the script, in the ledger", state.head->statements_total, 3);
    Step again = bench.up(
        2, Bench::script({bench.quirks().create("contract_half"), bench.quirks().create("contract_late")}));
    again.resume_at = info.statements_done;
    bench.land({again, bench.creating(3)});
    require_equal("version after going on", bench.state(), "3");
}

void check_resume(Bench& bench) {
    Step step = bench.up(1, Bench::script({bench.quirks().failing, bench.quirks().create("contract_1")}));
    step.resume_at = 1;
    bench.land({step});
    require_equal("version after a resumed script", bench.state(), "1");
    bench.land({bench.removing(1, std::nullopt)});
}

void check_dirty_always(Bench& bench) {
    bench.land({bench.creating(1)});
    Step step = failing_step(bench, 2);
    step.dirty_policy = DirtyPolicy::Always;
    (void)failure_of(apply(bench, {step}));
    require_equal("version after a failure with DirtyPolicy::Always", bench.state(), "2 dirty");
}

void check_first_step(Bench& bench) {
    const Outcome outcome = apply(bench, {bench.up(1, bench.quirks().failing + ";\n")});
    (void)failure_of(outcome);
    require_equal("number of steps landed", outcome.landed, 0);
    // the first statement failed: there is nothing that even a database without transactions could keep
    require(bench.connect()->applied().empty() ||
                bench.connect()->applied().front().state != HistoryState::Applied,
            "a failed version counts as applied");
}

void check_usable_after(Bench& bench) {
    for (int i = 0; i < 3; ++i)
        (void)failure_of(apply(bench, {bench.up(1, bench.quirks().failing + ";\n")}));
    bench.land({bench.creating(1)});
    require_equal("version after three failures and a success", bench.state(), "1");
}

/// Forty statements behind multi-byte text, with CRLF; the last one but one fails.
void check_line(Bench& bench) {
    std::string text = bench.quirks().comment + "žluťoučký kůň 🐎\r\n";
    std::size_t line = 2;
    constexpr std::size_t failing = 39;
    for (std::size_t i = 1; i <= failing + 1; ++i) {
        if (i == failing) {
            text += bench.quirks().comment + "here\r\n\r\n";
            line += 2;
        }
        text +=
            i == failing ? bench.quirks().failing : bench.quirks().create("contract_" + std::to_string(i));
        text += ";\r\n";
        if (i < failing) ++line;
    }
    const Step step = bench.up(1, text);
    const Outcome outcome = apply(bench, {step});
    const ErrorInfo& info = failure_of(outcome);
    require_equal("statement of the error", info.where.statement, failing);
    require_equal("line of the error", line_of(info, step.script), line);
    require(std::ranges::count(info.excerpt, '\n') <= 3, "the excerpt is longer than three lines");
}

}  // namespace

void check_failures(Suite& suite, const DriverQuirks& quirks) {
    on_bench(suite, quirks, "a failure names file, version, line and statement", check_report);
    if (quirks.atomic)
        on_bench(suite, quirks, "nothing of a failed script is kept", check_nothing_kept);
    else
        on_bench(suite, quirks, "the ledger knows what is kept of a failed script", check_part_kept);
    on_bench(suite, quirks, "resume_at leaves out what is done", check_resume);
    on_bench(suite, quirks, "DirtyPolicy::Always leaves the dirty row", check_dirty_always);
    on_bench(suite, quirks, "a failure of the first step is no success", check_first_step);
    on_bench(suite, quirks, "a driver is usable after failures", check_usable_after);
    on_bench(suite, quirks, "the line is right behind CRLF and multi-byte text", check_line);
}

}  // namespace godwit::contract
