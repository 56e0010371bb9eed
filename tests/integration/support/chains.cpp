#include "integration/support/chains.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <random>
#include <sstream>

#include "catch.hpp"
#include "godwit/embedded.hpp"
#include "godwit/migrator.hpp"
#include "integration/support/chain_scripts.hpp"
#include "integration/support/environment.hpp"
#include "integration/support/replaced.hpp"

namespace godwit::test {
namespace {

constexpr int kMostRuns = 8;

std::string shown(const ErrorInfo& e) {
    return fmt::format(
        "{} '{}' {}:{}:{} version {} statement {}/{} sqlstate {} native {} detail '{}' hint '{}' excerpt "
        "'{}' "
        "state '{}' next '{}' kept {} done {} at {} transient {}",
        kind_name(e.code), e.message, e.where.file, e.where.line, e.where.column, e.where.version,
        e.where.statement, e.where.statements, e.sqlstate, e.native_code, e.detail, e.hint, e.excerpt,
        e.state, e.next, static_cast<int>(e.kept), e.statements_done,
        e.position ? std::to_string(*e.position) : std::string("-"), e.transient);
}

/// All that is told of a run, one line each, without times.
class Told : public Reporter {
  public:
    void on(const Event& event) override {
        std::visit([this](const auto& e) { add(e); }, event);
    }
    std::string text;

  private:
    void line(std::string words) { text += std::move(words) + "\n"; }

    void add(const RunStarted& e) { line(fmt::format("run of {}", e.steps)); }
    void add(const FindingReported& e) {
        line(fmt::format("finding {} {} {}", e.finding.code, e.finding.version, e.finding.message));
    }
    void add(const LockWaited&) {}
    void add(const MigrationStarted& e) {
        line(fmt::format("start {} {} {} {} of {}", e.version, e.name, direction_name(e.direction), e.file,
                         e.statements));
    }
    void add(const StatementDone& e) {
        line(fmt::format("statement {} {}/{} {}", e.version, e.statement, e.statements, e.sql));
    }
    void add(const ServerNotice& e) {
        line(fmt::format("notice {} {} {}", e.version, severity_name(e.severity), e.text));
    }
    void add(const MigrationDone& e) {
        line(fmt::format("done {} {} {} {} {} empty {} skipped {} stored {}", e.version, e.name,
                         direction_name(e.direction), e.file, e.statements, e.empty, e.skipped, e.stored));
    }
    void add(const MigrationFailed& e) {
        line(fmt::format("failed {} {} {} {} {}", e.version, e.name, direction_name(e.direction), e.file,
                         shown(e.error)));
    }
    void add(const RunFinished& e) {
        line(fmt::format("end: {} done, {} failed, {} pending, interrupted {}", e.done, e.failed, e.pending,
                         e.interrupted));
    }
};

struct Chain {
    std::vector<RandomScript> scripts;
    bool goes_down = false;

    [[nodiscard]] std::vector<std::pair<std::string, std::string>> files() const {
        std::vector<std::pair<std::string, std::string>> all;
        for (std::size_t i = 0; i < scripts.size(); ++i) {
            all.emplace_back(fmt::format("{:03}_m.up.sql", i + 1), scripts[i].up());
            all.emplace_back(fmt::format("{:03}_m.down.sql", i + 1), scripts[i].down);
        }
        return all;
    }

    [[nodiscard]] std::string text() const {
        std::string all;
        for (const auto& [path, content] : files())
            if (path.find(".up.") != std::string::npos) all += fmt::format("--- {}\n{}", path, content);
        return all;
    }
};

Chain make_chain(Flavour flavour, std::uint32_t seed) {
    ScriptMaker maker(flavour, seed);
    Chain chain{{maker.first()}, maker.chance(50)};
    const int length = static_cast<int>(8 + maker.below(25));
    for (int version = 2; version <= length; ++version)
        chain.scripts.push_back(maker.next(version));
    return chain;
}

struct Run {
    std::string told;
    std::optional<std::size_t> failed_version;
};

Run run(const Chain& chain, Place& place, bool batch, const Goal& goal) {
    const auto files = chain.files();
    std::vector<embedded::File> table;
    for (const auto& [path, content] : files)
        table.push_back({path, content, {}});
    const auto source = embedded::open(embedded::Folder{"chain", table});
    const auto driver = place.open(batch);
    Told told;
    MigratorOptions options;
    options.reporter = &told;
    Run made;
    try {
        Migrator migrator(*source, *driver, std::move(options));
        const Result result = migrator.run(goal);
        told.text +=
            fmt::format("result: {} done, at {}, dirty {}, {} pending\n", result.done.size(),
                        result.current ? result.current->text() : "none", result.dirty, result.pending);
        if (result.failed) made.failed_version = std::stoul(result.failed->info().where.version);
    } catch (const Error& error) {
        told.text += "thrown: " + shown(error.info()) + "\n";
    }
    made.told = replaced(told.text, place.name(), "PLACE");
    return made;
}

/// The first lines in which the two differ; "" where they do not.
std::string difference(const std::string& batched, const std::string& single) {
    if (batched == single) return {};
    const auto a = lines_of(batched);
    const auto b = lines_of(single);
    const auto line = [](const auto& lines, std::size_t i) {
        return i < lines.size() ? lines[i] : std::string("(nothing)");
    };
    std::size_t at = 0;
    while (at < a.size() && at < b.size() && a[at] == b[at])
        ++at;
    return fmt::format("line {}\nin batches: {}\none by one: {}", at + 1, line(a, at), line(b, at));
}

std::string content_of(Place& place) {
    return replaced(place.content(), place.name(), "PLACE");
}

/// Runs the chain in both ways, mends what failed and goes on; the number of runs.
int compare(Chain chain, Place& batched, Place& single) {
    const auto both = [&](const Goal& goal) {
        const Run a = run(chain, batched, true, goal);
        const Run b = run(chain, single, false, goal);
        INFO(chain.text());
        REQUIRE(difference(a.told, b.told) == "");
        REQUIRE(difference(content_of(batched), content_of(single)) == "");
        return b.failed_version;
    };
    int runs = 0;
    bool stuck = false;
    while (!stuck && runs < kMostRuns) {
        ++runs;
        const auto failed = both(GoUp{});
        stuck = !failed || !chain.scripts.at(*failed - 1).mend();
    }
    if (!chain.goes_down) return runs;
    both(GoDown{3, std::nullopt});
    both(GoDown{std::nullopt, std::nullopt});
    return runs + 2;
}

std::uint32_t first_seed() {
    if (const auto given = environment("GODWIT_TEST_SEED"))
        return static_cast<std::uint32_t>(std::stoul(*given));
    return std::random_device{}() % 1'000'000;
}

}  // namespace

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

std::string sorted_lines(const std::string& text) {
    auto lines = lines_of(text);
    std::ranges::sort(lines);
    return fmt::format("{}\n", fmt::join(lines, "\n"));
}

void require_same_in_batches(Flavour flavour, std::size_t chains, const MakePlace& make_place) {
    if (const auto given = environment("GODWIT_TEST_CHAINS")) chains = std::stoul(*given);
    const std::uint32_t seed = first_seed();
    std::size_t migrations = 0;
    int runs = 0;
    for (std::size_t i = 0; i < chains; ++i) {
        const auto of_chain = seed + static_cast<std::uint32_t>(i);
        INFO("GODWIT_TEST_SEED=" << of_chain);
        Chain chain = make_chain(flavour, of_chain);
        migrations += chain.scripts.size();
        const auto batched = make_place();
        const auto single = make_place();
        runs += compare(std::move(chain), *batched, *single);
    }
    std::cerr << fmt::format(
        "{} chains from seed {}: {} migrations in {} runs, the same in batches and one by "
        "one\n",
        chains, seed, migrations, runs);
}

}  // namespace godwit::test
