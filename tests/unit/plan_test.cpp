#include "godwit/plan.hpp"

#include <algorithm>
#include <string>

#include "catch.hpp"
#include "godwit/error.hpp"
#include "godwit/format.hpp"

using namespace godwit;

namespace {

MigrationSet set_of(std::initializer_list<const char*> names) {
    std::vector<Entry> entries;
    for (const auto* name : names)
        entries.push_back({name, 1, EntryKind::File, {}});
    return find_format("golang-migrate").read_listing(entries);
}

/// golang-migrate's fixture: 1 up down, 3 up, 4 up down, 5 down, 7 up down.
MigrationSet fixture() {
    return set_of({"1_a.up.sql", "1_a.down.sql", "3_c.up.sql", "4_d.up.sql", "4_d.down.sql", "5_e.down.sql",
                   "7_g.up.sql", "7_g.down.sql"});
}

/// A database that golang-migrate brought to `current`.
LedgerView at(std::optional<std::uint64_t> current) {
    LedgerView view;
    view.state.has_version_table = true;
    if (current) view.state.version = Version::of(*current);
    return view;
}

/// A database where godwit wrote last, with these versions applied.
LedgerView synced(std::initializer_list<std::uint64_t> applied) {
    LedgerView view = at(std::nullopt);
    view.state.has_history_table = true;
    HistoryRow head;
    head.state = HistoryState::Applied;
    for (const auto version : applied) {
        view.applied.push_back(AppliedVersion{.version = Version::of(version)});
        view.state.version = Version::of(version);
        head.version = head.version_after = std::to_string(version);
    }
    view.state.head = head;
    return view;
}

/// `version` was begun and failed behind `done` statements, as on MySQL.
LedgerView half_done(LedgerView view, std::uint64_t version, Direction direction, std::size_t done,
                     std::optional<std::uint64_t> table) {
    HistoryRow head;
    head.version = std::to_string(version);
    head.direction = direction;
    head.state = HistoryState::Failed;
    head.statements_done = done;
    head.statements_total = 5;
    head.checksum = "abc";
    head.version_after = table ? std::to_string(*table) : "";
    std::erase_if(view.applied,
                  [&](const AppliedVersion& row) { return row.version == Version::of(version); });
    AppliedVersion row{.version = Version::of(version), .state = HistoryState::Failed};
    row.direction = direction;
    row.statements_done = done;
    view.applied.push_back(row);
    view.state.head = head;
    view.state.version = table ? std::optional(Version::of(*table)) : std::nullopt;
    view.state.dirty = true;
    return view;
}

/// "u1 u3 d7>5": direction, version, and behind '>' what the table shows where that is not the version.
std::string text_of(const Plan& plan) {
    std::string text;
    for (const PlannedStep& step : plan.steps) {
        if (!text.empty()) text += ' ';
        text += (step.direction == Direction::Up ? 'u' : 'd') + step.version.text();
        if (step.empty) text += '-';
        if (step.skip) text += '!';
        if (step.stored_down) text += '*';
        if (step.direction == Direction::Up && step.version_after == step.version) continue;
        text += '>' + (step.version_after ? step.version_after->text() : std::string("0"));
    }
    return text;
}

std::string plan_text(const MigrationSet& set, const LedgerView& view, const Goal& goal,
                      const Policy& policy = {}) {
    return text_of(make_plan(set, view, goal, policy));
}

Error error_of(const MigrationSet& set, const LedgerView& view, const Goal& goal, const Policy& policy = {}) {
    try {
        make_plan(set, view, goal, policy);
    } catch (const Error& error) {
        return error;
    }
    return Error(Errc::Internal, "nothing was thrown");
}

Policy lenient() {
    Policy policy;
    policy.allow_missing_down = true;
    return policy;
}

GoUp up(std::optional<std::size_t> count = std::nullopt) {
    return {count, std::nullopt};
}
GoDown down(std::optional<std::size_t> count = 1) {
    return {count, std::nullopt};
}

}  // namespace

TEST_CASE("golang-migrate's matrix, going up") {
    const auto set = fixture();
    CHECK(plan_text(set, at(std::nullopt), up()) == "u1 u3 u4 u5- u7");
    CHECK(plan_text(set, at(std::nullopt), up(0)).empty());
    CHECK(plan_text(set, at(std::nullopt), up(2)) == "u1 u3");
    CHECK(plan_text(set, at(1), up()) == "u3 u4 u5- u7");
    CHECK(plan_text(set, at(3), up(1)) == "u4");
    CHECK(plan_text(set, at(5), up(2)) == "u7");
    CHECK(plan_text(set, at(7), up()).empty());
    CHECK(plan_text(set, at(7), up(1)).empty());
}

TEST_CASE("golang-migrate's matrix, going down") {
    const auto set = fixture();
    CHECK(plan_text(set, at(std::nullopt), down(std::nullopt)).empty());
    CHECK(plan_text(set, at(std::nullopt), down()).empty());
    CHECK(plan_text(set, at(1), down(2)) == "d1>0");
    CHECK(plan_text(set, at(7), down()) == "d7>5");
    CHECK(plan_text(set, at(7), down(3)) == "d7>5 d5>4 d4>3");
    CHECK(plan_text(set, at(3), down(2), lenient()) == "d3->1 d1>0");
    CHECK(plan_text(set, at(7), down(std::nullopt), lenient()) == "d7>5 d5>4 d4>3 d3->1 d1>0");
}

TEST_CASE("golang-migrate's matrix, going to a version") {
    const auto set = fixture();
    for (const std::uint64_t missing : {0, 2, 6, 8}) {
        INFO(missing);
        const auto error = error_of(set, at(1), GoTo{Version::of(missing)});
        CHECK(error.code() == Errc::Usage);
        CHECK_FALSE(error.info().hint.empty());
    }
    CHECK(plan_text(set, at(std::nullopt), GoTo{Version::of(4)}) == "u1 u3 u4");
    CHECK(plan_text(set, at(4), GoTo{Version::of(4)}).empty());
    CHECK(plan_text(set, at(7), GoTo{Version::of(4)}) == "d7>5 d5>4");
    CHECK(plan_text(set, at(7), GoTo{Version::of(1)}, lenient()) == "d7>5 d5>4 d4>3 d3->1");
}

TEST_CASE("a plan tells where it begins and ends") {
    const auto plan = make_plan(fixture(), at(3), up(), {});
    CHECK(plan.current == Version::of(3));
    CHECK(plan.target == Version::of(7));
    CHECK(plan.pending == 3);
    CHECK_FALSE(plan.dirty);
    const auto nothing = make_plan(fixture(), at(7), up(), {});
    CHECK(nothing.target == Version::of(7));
    CHECK(nothing.pending == 0);
}

TEST_CASE("steps carry their files") {
    const auto plan = make_plan(fixture(), at(4), up(), {});
    REQUIRE(plan.steps.size() == 2);
    CHECK(plan.steps[0].empty);
    CHECK_FALSE(plan.steps[0].entry);
    CHECK(plan.steps[0].down_entry->path == "5_e.down.sql");
    CHECK(plan.steps[1].entry->path == "7_g.up.sql");
    CHECK(plan.steps[1].down_entry->path == "7_g.down.sql");
    const auto back = make_plan(fixture(), at(7), down(), {});
    CHECK(back.steps[0].entry->path == "7_g.down.sql");
    CHECK(back.steps[0].up_entry->path == "7_g.up.sql");
}

TEST_CASE("up --to and down --to stop at their version") {
    const auto set = fixture();
    CHECK(plan_text(set, at(1), GoUp{std::nullopt, Version::of(4)}) == "u3 u4");
    CHECK(plan_text(set, at(1), GoUp{1, Version::of(4)}) == "u3");
    CHECK(plan_text(set, at(7), GoUp{std::nullopt, Version::of(4)}).empty());
    CHECK(error_of(set, at(1), GoUp{std::nullopt, Version::of(6)}).code() == Errc::Usage);
    CHECK(plan_text(set, at(7), GoDown{std::nullopt, Version::of(4)}) == "d7>5 d5>4");
    CHECK(plan_text(set, at(4), GoDown{std::nullopt, Version::of(4)}).empty());
    const auto error = error_of(set, at(1), GoDown{std::nullopt, Version::of(4)});
    CHECK(error.code() == Errc::Usage);
    CHECK_THAT(error.what(), ContainsSubstring("not applied"));
}

TEST_CASE("a missing down stops before anything, and all are listed") {
    const auto set = set_of({"1_a.up.sql", "2_b.up.sql", "2_b.down.sql", "3_c.up.sql"});
    const auto error = error_of(set, at(3), down(std::nullopt));
    CHECK(error.code() == Errc::Validation);
    CHECK_THAT(error.what(), ContainsSubstring("3 (c), 1 (a)"));
    CHECK_THAT(error.info().next, ContainsSubstring("--allow-missing-down"));
    CHECK(plan_text(set, at(3), down(std::nullopt), lenient()) == "d3->2 d2>1 d1->0");
    const auto plan = make_plan(set, at(3), down(), lenient());
    CHECK(plan.findings.back().code == "missing-down");
    CHECK(plan_text(set, at(2), down()) == "d2>1");
}

TEST_CASE("a file that is gone is replaced by what was stored") {
    const auto set = set_of({"1_a.up.sql", "1_a.down.sql"});
    auto view = synced({1, 2, 3});
    view.applied[1].has_down_script = view.applied[2].has_down_script = true;
    CHECK(plan_text(set, view, down(std::nullopt)) == "d3*>2 d2*>1 d1>0");
    view.applied[1].has_down_script = false;
    CHECK(error_of(set, view, down(2)).code() == Errc::Validation);
}

TEST_CASE("a database newer than the folder is no error") {
    const auto set = set_of({"1_a.up.sql", "1_a.down.sql"});
    const auto plan = make_plan(set, at(9), up(), {});
    CHECK(plan.steps.empty());
    CHECK(plan.findings.back().code == "database-newer");
    CHECK(error_of(set, at(9), down()).code() == Errc::Validation);
}

TEST_CASE("out of order: fail, warn, run") {
    const auto set = set_of({"1_a.up.sql", "2_b.up.sql", "3_c.up.sql", "4_d.up.sql", "5_e.up.sql"});
    const auto view = synced({1, 4});
    const auto error = error_of(set, view, up());
    CHECK(error.code() == Errc::Validation);
    CHECK_THAT(error.what(), ContainsSubstring("2 (b), 3 (c)"));
    Policy policy;
    policy.out_of_order = OutOfOrder::Run;
    CHECK(plan_text(set, view, up(), policy) == "u2>4 u3>4 u5");
    CHECK(plan_text(set, view, up(1), policy) == "u2>4");
    const auto count_late = [](const Plan& plan) {
        return std::count_if(plan.findings.begin(), plan.findings.end(),
                             [](const Finding& finding) { return finding.code == "out-of-order"; });
    };
    CHECK(count_late(make_plan(set, view, up(), policy)) == 0);
    policy.out_of_order = OutOfOrder::Warn;
    const auto plan = make_plan(set, view, up(), policy);
    CHECK(text_of(plan) == "u2>4 u3>4 u5");
    CHECK(count_late(plan) == 2);
    CHECK(plan_text(set, view, GoUp{std::nullopt, Version::of(1)}).empty());
}

TEST_CASE("redo goes down and up the same way") {
    const auto set = set_of({"1_a.up.sql", "1_a.down.sql", "2_b.up.sql", "2_b.down.sql", "3_c.up.sql"});
    CHECK(plan_text(set, at(2), Redo{1}) == "d2>1 u2");
    CHECK(plan_text(set, at(2), Redo{2}) == "d2>1 d1>0 u1 u2");
    CHECK(plan_text(set, at(2), Redo{9}) == "d2>1 d1>0 u1 u2");
    CHECK(plan_text(set, at(std::nullopt), Redo{1}).empty());
    CHECK(error_of(set, at(9), Redo{1}).code() == Errc::Validation);
}

TEST_CASE("skipped versions are marked, and have to exist") {
    Policy policy;
    policy.skip = {Version::of(3)};
    CHECK(plan_text(fixture(), at(1), up(), policy) == "u3! u4 u5- u7");
    policy.skip = {Version::of(2)};
    CHECK(error_of(fixture(), at(1), up(), policy).code() == Errc::Usage);
}

TEST_CASE("unsound files stop every plan") {
    const auto set = set_of({"1_a.up.sql", "1_b.up.sql"});
    CHECK(error_of(set, at(std::nullopt), up()).code() == Errc::Validation);
}

TEST_CASE("a dirty row that golang-migrate left stops, and says what it can mean") {
    auto view = at(4);
    view.state.dirty = true;
    const auto error = error_of(fixture(), view, up());
    CHECK(error.code() == Errc::Dirty);
    CHECK_THAT(error.what(), ContainsSubstring("the up of 4 failed, or the down of 5 failed"));
    for (const auto* command : {"godwit force 3", "godwit force 4", "godwit force 5"}) {
        CHECK_THAT(error.info().next, ContainsSubstring(command));
    }
    view = at(std::nullopt);
    view.state.dirty = true;
    CHECK_THAT(error_of(fixture(), view, up()).what(), ContainsSubstring("the down of 1 failed"));
}

TEST_CASE("a failure of which nothing was kept is tried again") {
    const auto set = set_of({"1_a.up.sql", "1_a.down.sql", "2_b.up.sql", "2_b.down.sql", "3_c.up.sql"});
    const auto failed_up = half_done(synced({1}), 2, Direction::Up, 0, 2);
    CHECK(plan_text(set, failed_up, up()) == "u2 u3");
    CHECK(plan_text(set, failed_up, down()) == "d1>0");
    const auto failed_down = half_done(synced({1, 2}), 2, Direction::Down, 0, 1);
    CHECK(plan_text(set, failed_down, down()) == "d2>1");
    CHECK(plan_text(set, failed_down, up()) == "u3");
}

TEST_CASE("a half-done up is gone on with, and nothing else runs before") {
    const auto set = set_of({"1_a.up.sql", "1_a.down.sql", "2_b.up.sql", "2_b.down.sql", "3_c.up.sql"});
    const auto view = half_done(synced({1}), 2, Direction::Up, 3, 2);
    const auto plan = make_plan(set, view, up(), {});
    CHECK(text_of(plan) == "u2 u3");
    CHECK(plan.steps[0].resume_at == 3);
    CHECK(plan.steps[0].expected_checksum == "abc");
    CHECK(plan.steps[1].resume_at == 0);
    const auto error = error_of(set, view, down());
    CHECK(error.code() == Errc::Dirty);
    CHECK_THAT(error.what(), ContainsSubstring("3 of 5 statements"));
    CHECK_THAT(error.info().next, ContainsSubstring("godwit force 2"));
    CHECK_THAT(error.info().next, ContainsSubstring("godwit force 1"));
    CHECK(error_of(set, view, GoUp{std::nullopt, Version::of(1)}).code() == Errc::Dirty);
    CHECK(plan_text(set, view, GoTo{Version::of(2)}) == "u2");
}

TEST_CASE("a half-done down is gone on with by down") {
    const auto set = set_of({"1_a.up.sql", "1_a.down.sql", "2_b.up.sql", "2_b.down.sql", "3_c.up.sql"});
    const auto view = half_done(synced({1, 2}), 2, Direction::Down, 2, 1);
    const auto plan = make_plan(set, view, down(2), {});
    CHECK(text_of(plan) == "d2>1 d1>0");
    CHECK(plan.steps[0].resume_at == 2);
    CHECK(error_of(set, view, up()).code() == Errc::Dirty);
}

TEST_CASE("a history is brought in line with what another tool did") {
    const auto set = fixture();
    const Timestamp now{};
    CHECK(reconciling_changes(set, synced({1, 3}), now).empty());
    CHECK(reconciling_changes(set, at(std::nullopt), now).empty());

    const auto first = reconciling_changes(set, at(4), now);
    REQUIRE(first.size() == 3);
    CHECK(first[0].history->version == "1");
    CHECK(first[0].history->state == HistoryState::Baseline);
    CHECK(first[0].history->kind == "reconcile");
    CHECK(first[2].history->version == "4");
    CHECK(first[2].history->version_after == "4");
    CHECK(first[2].version == Version::of(4));

    auto back = synced({1, 3, 4});
    back.state.version = Version::of(3);
    const auto changes = reconciling_changes(set, back, now);
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].history->version == "4");
    CHECK(changes[0].history->state == HistoryState::RolledBack);
}
