#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "godwit/contract/driver_contract.hpp"
#include "suite.hpp"

namespace godwit::contract {

/// Hears what a driver reports, and checks the order of it.
class Witness final : public StepObserver {
  public:
    explicit Witness(bool stop = false) : stop_(stop) {}

    void step_started(std::size_t step) override { started.push_back(step); }
    void statement_done(std::size_t, std::size_t, std::chrono::microseconds) override {}
    void notice(std::size_t, Severity, std::string_view) override {}
    void step_landed(std::size_t step, const StepResult& result) override {
        landed.push_back(step);
        results.push_back(result);
    }
    bool stop() override { return stop_; }

    std::vector<std::size_t> started;
    std::vector<std::size_t> landed;
    std::vector<StepResult> results;

  private:
    bool stop_;
};

[[nodiscard]] RunIdentity identity();
[[nodiscard]] Version version(std::uint64_t number);
/// "7", "7 dirty", "none", "none dirty".
[[nodiscard]] std::string shown(const LedgerState& state);

/// The database of one check: empty when it begins.
class Bench {
  public:
    explicit Bench(const DriverQuirks& quirks);

    [[nodiscard]] const DriverQuirks& quirks() const { return quirks_; }
    [[nodiscard]] Driver& driver() { return *driver_; }
    /// Another session on the same database.
    [[nodiscard]] std::unique_ptr<Driver> connect() const;

    [[nodiscard]] Step up(std::uint64_t number, std::string text);
    [[nodiscard]] Step down(std::uint64_t number, std::string text, std::optional<std::uint64_t> after);
    /// up() with one statement that creates `contract_<number>`.
    [[nodiscard]] Step creating(std::uint64_t number);
    [[nodiscard]] Step removing(std::uint64_t number, std::optional<std::uint64_t> after);
    /// Statements joined into a script.
    [[nodiscard]] static std::string script(const std::vector<std::string>& statements);

    /// Applies and requires that all of it landed.
    void land(const std::vector<Step>& steps);
    /// The ledger as another session sees it.
    [[nodiscard]] std::string state();

  private:
    [[nodiscard]] Step step(std::uint64_t number, Direction direction, std::string text);

    const DriverQuirks& quirks_;
    std::unique_ptr<Driver> driver_;
};

/// Runs a check on a fresh bench.
void on_bench(Suite& suite, const DriverQuirks& quirks, const std::string& name, void (*body)(Bench&));

void check_ledger(Suite& suite, const DriverQuirks& quirks);
void check_apply(Suite& suite, const DriverQuirks& quirks);
void check_failures(Suite& suite, const DriverQuirks& quirks);
void check_locks(Suite& suite, const DriverQuirks& quirks);
void check_sql(Suite& suite, const DriverQuirks& quirks);
void check_drop(Suite& suite, const DriverQuirks& quirks);

}  // namespace godwit::contract
