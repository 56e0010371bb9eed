#include "bench.hpp"

namespace godwit::contract {

RunIdentity identity() {
    return RunIdentity{"contract-run", "contract-user", "contract-host", "contract-0.0.0"};
}

Version version(std::uint64_t number) {
    return Version::of(number);
}

std::string shown(const LedgerState& state) {
    return (state.version ? state.version->canonical() : "none") + (state.dirty ? " dirty" : "");
}

Bench::Bench(const DriverQuirks& quirks) : quirks_(quirks), driver_(connect()) {
    driver_->drop_everything({});
}

std::unique_ptr<Driver> Bench::connect() const {
    auto driver = quirks_.open();
    require(driver != nullptr, "no driver was opened");
    driver->connect();
    return driver;
}

Step Bench::step(std::uint64_t number, Direction direction, std::string text) {
    const std::string file =
        std::to_string(number) + "_contract." + std::string(direction_name(direction)) + ".sql";
    Step step{version(number), "contract", direction,
              Script::parse(std::move(text), driver_->dialect(), file), std::nullopt};
    return step;
}

Step Bench::up(std::uint64_t number, std::string text) {
    Step result = step(number, Direction::Up, std::move(text));
    result.version_after = version(number);
    return result;
}

Step Bench::down(std::uint64_t number, std::string text, std::optional<std::uint64_t> after) {
    Step result = step(number, Direction::Down, std::move(text));
    if (after) result.version_after = version(*after);
    return result;
}

Step Bench::creating(std::uint64_t number) {
    return up(number, quirks_.create("contract_" + std::to_string(number)) + ";\n");
}

Step Bench::removing(std::uint64_t number, std::optional<std::uint64_t> after) {
    return down(number, quirks_.remove("contract_" + std::to_string(number)) + ";\n", after);
}

std::string Bench::script(const std::vector<std::string>& statements) {
    std::string text;
    for (const std::string& statement : statements)
        text += statement + ";\n";
    return text;
}

void Bench::land(const std::vector<Step>& steps) {
    Witness witness;
    const Outcome outcome = driver_->apply(steps, identity(), witness);
    if (outcome.failure) throw Violation{"a step failed that must not: " + outcome.failure->info().message};
    require_equal("number of steps landed", outcome.landed, steps.size());
    require_equal("number of steps reported as landed", witness.landed.size(), steps.size());
}

std::string Bench::state() {
    return shown(connect()->state());
}

void on_bench(Suite& suite, const DriverQuirks& quirks, const std::string& name, void (*body)(Bench&)) {
    suite.check(name, [&] {
        Bench bench(quirks);
        body(bench);
    });
}

}  // namespace godwit::contract
