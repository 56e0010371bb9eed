#include "integration/support/steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace godwit::test {
namespace {

Step make(std::uint64_t version, std::string name, Direction direction, Script script) {
    Step step{Version::of(version), std::move(name), direction, std::move(script)};
    step.version_after = Version::of(version);
    return step;
}

}  // namespace

Step up_step(std::uint64_t version, std::string sql, const Dialect& dialect, std::string name) {
    std::string file = fmt::format("{}_{}.up.sql", version, name);
    return make(version, std::move(name), Direction::Up,
                Script::parse(std::move(sql), dialect, std::move(file)));
}

Step down_step(std::uint64_t version, std::string sql, const Dialect& dialect, std::uint64_t after) {
    Step step = make(version, "step", Direction::Down,
                     Script::parse(std::move(sql), dialect, fmt::format("{}_step.down.sql", version)));
    step.version_after = after == 0 ? std::nullopt : std::optional(Version::of(after));
    return step;
}

Step whole_step(std::uint64_t version, std::string sql, const Dialect& dialect) {
    return make(version, "step", Direction::Up,
                Script::whole(std::move(sql), dialect, fmt::format("{}_step.up.sql", version)));
}

RunIdentity identity() {
    return {"run-1", "tester", "test-host", "0.0.0-test"};
}

void Recorder::step_started(std::size_t step) {
    all.push_back(fmt::format("start {}", step));
}

void Recorder::statement_done(std::size_t step, std::size_t statement, std::chrono::microseconds) {
    all.push_back(fmt::format("statement {} {}", step, statement));
}

void Recorder::notice(std::size_t step, Severity severity, std::string_view text) {
    all.push_back(fmt::format("notice {} {} {}", step, severity_name(severity), text));
}

void Recorder::step_landed(std::size_t step, const StepResult& result) {
    all.push_back(fmt::format("land {}", step));
    results.push_back(result);
}

std::vector<std::string> Recorder::lines(std::string_view word) const {
    std::vector<std::string> found;
    std::ranges::copy_if(all, std::back_inserter(found),
                         [&](const std::string& l) { return l.starts_with(word); });
    return found;
}

}  // namespace godwit::test
