// Plans for random folders, random databases and random goals: what holds for every one of them.
#include "godwit/plan.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <string>

#include "catch.hpp"
#include "godwit/error.hpp"
#include "godwit/format.hpp"

using namespace godwit;

namespace {

using Numbers = std::set<std::uint64_t>;

struct Case {
    MigrationSet files;
    Numbers in_folder;
    Numbers applied;
    LedgerView ledger;
    Policy policy;
};

class Generator {
  public:
    explicit Generator(unsigned seed) : random_(seed) {}

    std::uint64_t below(std::uint64_t limit) {
        return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_);
    }
    bool chance(unsigned percent) { return below(100) < percent; }

    Case next() {
        Case made;
        std::vector<Entry> entries;
        for (std::uint64_t number = 0; number < 12; ++number) {
            if (!chance(60)) continue;
            made.in_folder.insert(number);
            const bool up = chance(90);
            const std::string stem = std::string(below(3), '0') + std::to_string(number) + "_m";
            if (up) entries.push_back({stem + ".up.sql", 1, EntryKind::File, {}});
            if (!up || chance(80)) entries.push_back({stem + ".down.sql", 1, EntryKind::File, {}});
        }
        std::shuffle(entries.begin(), entries.end(), random_);
        made.files = find_format("golang-migrate").read_listing(entries);
        for (std::uint64_t number = 0; number < 14; ++number) {
            if (chance(40)) made.applied.insert(number);
        }
        fill_ledger(made);
        made.policy.allow_missing_down = true;
        made.policy.out_of_order = OutOfOrder::Run;
        return made;
    }

    Goal goal(const Case& made) {
        const auto version = Version::of(below(14));
        switch (below(7)) {
            case 0:
                return GoUp{};
            case 1:
                return GoUp{below(5), std::nullopt};
            case 2:
                return GoUp{std::nullopt, version};
            case 3:
                return GoDown{below(5), std::nullopt};
            case 4:
                return GoDown{std::nullopt, made.applied.empty() ? std::nullopt : std::optional(version)};
            case 5:
                return GoTo{version};
            default:
                return Redo{below(4)};
        }
    }

  private:
    static void fill_ledger(Case& made) {
        auto& state = made.ledger.state;
        state.has_version_table = state.has_history_table = true;
        HistoryRow head;
        head.state = HistoryState::Applied;
        for (const auto number : made.applied) {
            made.ledger.applied.push_back(AppliedVersion{.version = Version::of(number)});
            state.version = Version::of(number);
            head.version = head.version_after = std::to_string(number);
        }
        state.head = head;
    }

    std::mt19937 random_;
};

std::optional<Version> newest(const Numbers& numbers) {
    if (numbers.empty()) return std::nullopt;
    return Version::of(*numbers.rbegin());
}

std::uint64_t number_of(const Version& version) {
    return static_cast<std::uint64_t>(*version.as_bigint());
}

/// Runs the plan on the set of applied versions, checking each step on the way.
Numbers replay(const Plan& plan, Numbers applied) {
    for (const PlannedStep& step : plan.steps) {
        const auto number = number_of(step.version);
        if (step.direction == Direction::Up) {
            REQUIRE(applied.insert(number).second);
        } else {
            REQUIRE(applied.erase(number) == 1);
        }
        REQUIRE(step.version_after == newest(applied));
        REQUIRE(step.resume_at == 0);
        REQUIRE((step.empty || step.stored_down || step.entry.has_value()));
    }
    return applied;
}

/// Downs first and newest first, then ups and oldest first.
void check_order(const Plan& plan) {
    for (std::size_t i = 1; i < plan.steps.size(); ++i) {
        const auto& before = plan.steps[i - 1];
        const auto& step = plan.steps[i];
        if (before.direction == step.direction) {
            REQUIRE((step.direction == Direction::Up ? before.version < step.version
                                                     : step.version < before.version));
        } else {
            REQUIRE(before.direction == Direction::Down);
        }
    }
}

Numbers upto(const Numbers& numbers, std::uint64_t last) {
    return {numbers.begin(), numbers.upper_bound(last)};
}

Numbers joined(Numbers a, const Numbers& b) {
    a.insert(b.begin(), b.end());
    return a;
}

/// What is applied when the goal is reached, said independently of the planner.
Numbers wanted(const Case& made, const Goal& goal) {
    if (const auto* up = std::get_if<GoUp>(&goal)) {
        Numbers result = made.applied;
        std::size_t left = up->count.value_or(1000);
        for (const auto number : up->to ? upto(made.in_folder, number_of(*up->to)) : made.in_folder) {
            if (left > 0 && result.insert(number).second) --left;
        }
        return result;
    }
    if (const auto* down = std::get_if<GoDown>(&goal)) {
        Numbers result = down->to ? upto(made.applied, number_of(*down->to)) : made.applied;
        for (std::size_t i = 0; !down->to && i < down->count.value_or(1000) && !result.empty(); ++i) {
            result.erase(std::prev(result.end()));
        }
        return result;
    }
    if (const auto* to = std::get_if<GoTo>(&goal)) {
        const auto number = number_of(to->version);
        return joined(upto(made.applied, number), upto(made.in_folder, number));
    }
    return made.applied;
}

/// The goals that make_plan has to refuse.
bool is_refusable(const Case& made, const Goal& goal) {
    const auto known = [&](const Version& version) {
        return made.in_folder.contains(number_of(version)) || made.applied.contains(number_of(version));
    };
    if (const auto* up = std::get_if<GoUp>(&goal)) return up->to && !known(*up->to);
    if (const auto* down = std::get_if<GoDown>(&goal)) {
        return down->to && !made.applied.contains(number_of(*down->to));
    }
    if (const auto* to = std::get_if<GoTo>(&goal)) return !known(to->version);
    const auto count = std::min(std::get<Redo>(goal).count, made.applied.size());
    return std::any_of(made.applied.rbegin(),
                       std::next(made.applied.rbegin(), static_cast<std::ptrdiff_t>(count)),
                       [&](std::uint64_t number) { return !made.in_folder.contains(number); });
}

}  // namespace

TEST_CASE("a plan, replayed, reaches its goal step by step") {
    const unsigned seed = 20261121;
    Generator generator(seed);
    std::size_t planned = 0;
    std::size_t refused = 0;
    for (int round = 0; round < 4000; ++round) {
        INFO("seed " << seed << " round " << round);
        const Case made = generator.next();
        const Goal goal = generator.goal(made);
        if (is_refusable(made, goal)) {
            REQUIRE_THROWS_AS(make_plan(made.files, made.ledger, goal, made.policy), Error);
            ++refused;
            continue;
        }
        const Plan plan = make_plan(made.files, made.ledger, goal, made.policy);
        check_order(plan);
        const auto reached = replay(plan, made.applied);
        REQUIRE(reached == wanted(made, goal));
        REQUIRE(plan.target == (plan.steps.empty() ? plan.current : newest(reached)));
        ++planned;
    }
    // The generator is of no use if it only makes what is refused.
    CHECK(planned > 2000);
    CHECK(refused > 200);
}

TEST_CASE("nothing older than the database runs where that is forbidden") {
    Generator generator(7);
    std::size_t stopped = 0;
    for (int round = 0; round < 1000; ++round) {
        INFO("round " << round);
        Case made = generator.next();
        made.policy.out_of_order = OutOfOrder::Fail;
        const auto last = newest(made.applied);
        const bool late =
            last && std::any_of(made.in_folder.begin(), made.in_folder.end(), [&](std::uint64_t number) {
                return Version::of(number) < *last && !made.applied.contains(number);
            });
        if (late) {
            REQUIRE_THROWS_AS(make_plan(made.files, made.ledger, GoUp{}, made.policy), Error);
            ++stopped;
        } else {
            const Plan plan = make_plan(made.files, made.ledger, GoUp{}, made.policy);
            for (const PlannedStep& step : plan.steps)
                REQUIRE((!last || *last < step.version));
        }
    }
    CHECK(stopped > 100);
}

TEST_CASE("without a history, a plan is that of golang-migrate's one number") {
    Generator generator(11);
    for (int round = 0; round < 1000; ++round) {
        INFO("round " << round);
        Case made = generator.next();
        const auto current = newest(made.applied);
        made.ledger.applied.clear();
        made.ledger.state.head.reset();
        made.ledger.state.has_history_table = false;
        const Plan plan = make_plan(made.files, made.ledger, GoUp{}, made.policy);
        Numbers expected;
        for (const auto number : made.in_folder) {
            if (!current || Version::of(number) > *current) expected.insert(number);
        }
        REQUIRE(plan.steps.size() == expected.size());
        auto it = expected.begin();
        for (const PlannedStep& step : plan.steps)
            REQUIRE(number_of(step.version) == *it++);
    }
}
