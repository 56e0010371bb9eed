#include <algorithm>

#include "bench.hpp"

namespace godwit::contract {
namespace {

void check_up_and_down(Bench& bench) {
    bench.land({bench.creating(1), bench.creating(2), bench.creating(10)});
    require_equal("version after three ups", bench.state(), "10");
    bench.land({bench.removing(10, 2)});
    require_equal("version after one down", bench.state(), "2");
    bench.land({bench.removing(2, 1), bench.removing(1, std::nullopt)});
    require_equal("version after all downs", bench.state(), "none");
    // works only where the downs ran
    bench.land({bench.creating(1), bench.creating(2), bench.creating(10)});
}

void check_nothing(Bench& bench) {
    Witness witness;
    const Outcome outcome = bench.driver().apply({}, identity(), witness);
    require(outcome.landed == 0 && !outcome.failure, "applying no steps does something");
    require(!bench.connect()->state().has_version_table, "applying no steps creates the version table");
}

void check_observer(Bench& bench) {
    const std::vector<Step> steps{bench.creating(1), bench.creating(2), bench.creating(3)};
    Witness witness;
    const Outcome outcome = bench.driver().apply(steps, identity(), witness);
    require_equal("number of steps landed", outcome.landed, 3);
    const std::vector<std::size_t> order{0, 1, 2};
    require(witness.started == order, "step_started() is not called once per step, in order");
    require(witness.landed == order, "step_landed() is not called once per step, in order");
    for (const StepResult& result : witness.results)
        require_equal("StepResult::statements", result.statements, 1);
}

void check_stop(Bench& bench) {
    const std::vector<Step> steps{bench.creating(1), bench.creating(2), bench.creating(3)};
    Witness witness(true);
    const Outcome outcome = bench.driver().apply(steps, identity(), witness);
    require(outcome.stopped && !outcome.failure, "stop() is not obeyed");
    require(outcome.landed < steps.size(), "stop() is obeyed behind the last step only");
    require_equal("version after stop()", bench.state(),
                  outcome.landed == 0 ? "none" : std::to_string(outcome.landed));
    bench.land({steps.begin() + static_cast<std::ptrdiff_t>(outcome.landed), steps.end()});
    require_equal("version after going on behind stop()", bench.state(), "3");
}

void check_empty(Bench& bench) {
    bench.land({bench.up(1, ""), bench.up(2, bench.quirks().comment + "nothing to do\n"), bench.creating(3)});
    require_equal("version after two empty scripts", bench.state(), "3");
    const auto rows = bench.driver().history(0);
    require_equal("number of history rows", rows.size(), 3);
    require_equal("statements of an empty script", rows.back().statements_total, 0);
}

void check_several_statements(Bench& bench) {
    const auto& create = bench.quirks().create;
    Witness witness;
    const Step steps[] = {
        bench.up(1, Bench::script({create("contract_a"), create("contract_b"), create("contract_c")}))};
    const Outcome outcome = bench.driver().apply(steps, identity(), witness);
    require(!outcome.failure && outcome.landed == 1, "a script of three statements does not land");
    require_equal("StepResult::statements", witness.results.at(0).statements, 3);
    const auto& remove = bench.quirks().remove;
    bench.land({bench.down(
        1, Bench::script({remove("contract_c"), remove("contract_b"), remove("contract_a")}), std::nullopt)});
}

void check_many(Bench& bench) {
    constexpr std::uint64_t many = 60;
    std::vector<Step> steps;
    for (std::uint64_t number = 1; number <= many; ++number)
        steps.push_back(bench.creating(number));
    bench.land(steps);
    require_equal("version after many steps", bench.state(), std::to_string(many));
    const auto rows = bench.driver().history(0);
    require_equal("number of history rows", rows.size(), many);
    const auto newest_first = [](const HistoryRow& a, const HistoryRow& b) { return a.id > b.id; };
    require(std::ranges::is_sorted(rows, newest_first), "a long history is not newest first");
    require_equal("newest row of many", bench.driver().history(1).at(0).version, std::to_string(many));
}

void check_history(Bench& bench) {
    std::vector<Step> steps{bench.creating(1), bench.creating(2)};
    const std::string checksum = steps[1].script.sha256();
    bench.land(steps);
    bench.land({bench.removing(2, 1)});
    const auto rows = bench.connect()->history(0);
    require_equal("number of history rows", rows.size(), 3);
    require(rows[0].id > rows[1].id && rows[1].id > rows[2].id, "the history is not newest first");
    require(rows[0].direction == Direction::Down && rows[0].state == HistoryState::RolledBack,
            "the newest row is not the roll-back");
    require_equal("version after, in the newest row", rows[0].version_after, "1");
    const HistoryRow& row = rows[1];
    require_equal("version in the row", row.version, "2");
    require_equal("name in the row", row.name, "contract");
    require(row.direction == Direction::Up && row.state == HistoryState::Applied,
            "the row is not an applied up");
    require_equal("kind of the row", row.kind, "migration");
    require_equal("checksum in the row", row.checksum, checksum);
    require(row.statements_done == 1 && row.statements_total == 1, "the row does not count its statement");
    require_equal("run id in the row", row.run_id, identity().run_id);
    require_equal("user in the row", row.os_user, identity().os_user);
    require_equal("host in the row", row.host, identity().host);
    require_equal("tool version in the row", row.tool_version, identity().tool_version);
    require(row.started_at > Timestamp{}, "the row has no time");
    require_equal("number of rows with a limit of 2", bench.driver().history(2).size(), 2);
    const LedgerState state = bench.connect()->state();
    require(state.has_history_table && state.head && state.head->id == rows[0].id,
            "state() does not have the newest row as its head");
}

/// What glance() and view() tell is what state() and applied() tell.
void require_same_at_a_glance(Driver& driver) {
    const LedgerView view = driver.glance();
    const auto applied = driver.applied();
    const LedgerState state = driver.state();
    require(view.state.version == state.version && view.state.dirty == state.dirty &&
                view.state.has_version_table == state.has_version_table &&
                view.state.has_history_table == state.has_history_table &&
                view.state.head.has_value() == state.head.has_value(),
            "glance() and state() differ");
    require_equal("versions at a glance", view.applied.size(), applied.size());
    for (std::size_t i = 0; i < applied.size(); ++i)
        require(view.applied[i].version == applied[i].version && view.applied[i].state == applied[i].state &&
                    view.applied[i].direction == applied[i].direction,
                "glance() and applied() differ in version " + applied[i].version.canonical());
    const LedgerView whole = driver.view();
    require(whole.state.version == state.version && whole.state.dirty == state.dirty &&
                whole.state.has_history_table == state.has_history_table &&
                whole.state.head.has_value() == state.head.has_value(),
            "view() and state() differ");
    require_equal("versions of a view", whole.applied.size(), applied.size());
    for (std::size_t i = 0; i < applied.size(); ++i)
        require(whole.applied[i].version == applied[i].version &&
                    whole.applied[i].state == applied[i].state &&
                    whole.applied[i].checksum == applied[i].checksum,
                "view() and applied() differ in version " + applied[i].version.canonical());
}

void check_glance(Bench& bench) {
    require_same_at_a_glance(bench.driver());
    constexpr HistoryState kStates[]{HistoryState::Started, HistoryState::Applied, HistoryState::RolledBack,
                                     HistoryState::Failed,  HistoryState::Forced,  HistoryState::Baseline};
    std::vector<LedgerChange> changes;
    const auto add = [&](std::uint64_t number, HistoryState state, Direction direction) {
        LedgerChange change{version(number), false, HistoryRow{}};
        change.history->version = version(number).canonical();
        change.history->state = state;
        change.history->direction = direction;
        changes.push_back(std::move(change));
    };
    for (std::uint64_t i = 0; i < std::size(kStates); ++i) {
        add(100 - i, kStates[i], Direction::Down);
        add(9 + i, kStates[i], Direction::Up);
        add(20 + i, HistoryState::Applied, Direction::Up);
        add(20 + i, kStates[i], Direction::Down);
    }
    bench.driver().record(changes, identity());
    require_same_at_a_glance(*bench.connect());
}

void check_applied(Bench& bench) {
    bench.land({bench.creating(2), bench.creating(10), bench.creating(11)});
    bench.land({bench.removing(11, 10)});
    require_same_at_a_glance(*bench.connect());
    const auto applied = bench.connect()->applied();
    require_equal("number of applied versions", applied.size(), 2);
    require_equal("first applied version", applied[0].version.canonical(), "2");
    require_equal("second applied version", applied[1].version.canonical(), "10");
    require(applied[0].state == HistoryState::Applied, "an applied version is not of state applied");
}

void check_leading_zeros(Bench& bench) {
    Step step = bench.creating(7);
    step.version = *Version::parse("0007");
    step.version_after = step.version;
    bench.land({step});
    require_equal("version written with leading zeros", bench.state(), "7");
    require_equal("version in the history", bench.driver().history(1).at(0).version, "7");
}

/// Keeping up scripts is a driver's choice; a text that is not the script would be a lie.
void check_up_script(Driver& driver, const Step& step) {
    const auto kept = driver.stored_up_script(step.version);
    if (kept) require_equal("stored up script", *kept, step.script.text());
    require(!driver.stored_up_script(version(99)), "an up script is stored for a version that never ran");
    for (const HistoryRow& row : driver.history(0))
        require(!row.up_script, "history() reads the up scripts");
}

void check_down_scripts(Bench& bench) {
    const std::string text =
        bench.quirks().comment + "it's 12:30; ž\r\n" + bench.quirks().remove("contract_1") + ";\n";
    std::vector<Step> steps{bench.creating(1), bench.creating(2), bench.creating(3)};
    steps[0].down_script = text;
    steps[0].has_down_script = true;
    steps[1].has_down_script = true;
    bench.land(steps);
    const auto driver = bench.connect();
    require_equal("stored down script", driver->stored_down_script(version(1)).value_or("none"), text);
    require_equal("stored down script that is empty", driver->stored_down_script(version(2)).value_or("none"),
                  "");
    require(!driver->stored_down_script(version(3)), "a down script is stored where there was none");
    const std::vector<Version> asked{version(3), version(1), version(99), version(2)};
    const auto stored = driver->stored_down_scripts(asked);
    require(stored.size() == asked.size() && !stored[0] && stored[1] == text && !stored[2] && stored[3] == "",
            "stored_down_scripts() differs from stored_down_script()");
    check_up_script(*driver, steps[0]);
    const auto rows = driver->history(0);
    require(rows.at(2).has_down_script && rows.at(1).has_down_script && !rows.at(0).has_down_script,
            "has_down_script is wrong in the history");
    require(rows.at(2).down_script.empty(), "history() reads the down scripts");
}

}  // namespace

void check_apply(Suite& suite, const DriverQuirks& quirks) {
    on_bench(suite, quirks, "ups and downs move the version", check_up_and_down);
    on_bench(suite, quirks, "applying nothing writes nothing", check_nothing);
    on_bench(suite, quirks, "the observer hears each step, in order", check_observer);
    on_bench(suite, quirks, "stop() ends a run between two steps", check_stop);
    on_bench(suite, quirks, "an empty script moves the version", check_empty);
    on_bench(suite, quirks, "a script may have several statements", check_several_statements);
    on_bench(suite, quirks, "many steps in one call", check_many);
    on_bench(suite, quirks, "the history tells each step", check_history);
    on_bench(suite, quirks, "applied() is in order of versions, without what was rolled back", check_applied);
    on_bench(suite, quirks, "glance() tells what state() and applied() tell", check_glance);
    on_bench(suite, quirks, "leading zeros do not matter", check_leading_zeros);
    on_bench(suite, quirks, "down scripts are stored as they are", check_down_scripts);
}

}  // namespace godwit::contract
