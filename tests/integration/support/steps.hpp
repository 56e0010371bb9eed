#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "godwit/driver.hpp"

namespace godwit::test {

/// An up step with version_after = its own version. The file is named "<version>_<name>.up.sql".
Step up_step(std::uint64_t version, std::string sql, const Dialect& dialect, std::string name = "step");
/// A down step; `after` 0 = nothing applied.
Step down_step(std::uint64_t version, std::string sql, const Dialect& dialect, std::uint64_t after = 0);
/// The same script as golang-migrate sends it: unread.
Step whole_step(std::uint64_t version, std::string sql, const Dialect& dialect);

RunIdentity identity();

/// Writes down all that it is told, one line each: "start 0", "statement 0 1", "notice 0 info text", "land
/// 0".
class Recorder : public StepObserver {
  public:
    void step_started(std::size_t step) override;
    void statement_done(std::size_t step, std::size_t statement, std::chrono::microseconds took) override;
    void notice(std::size_t step, Severity severity, std::string_view text) override;
    void step_landed(std::size_t step, const StepResult& result) override;
    bool stop() override { return stop_when_landed > 0 && results.size() >= stop_when_landed; }

    /// Lines that begin with `word`.
    [[nodiscard]] std::vector<std::string> lines(std::string_view word) const;

    std::vector<std::string> all;
    std::vector<StepResult> results;
    std::size_t stop_when_landed = 0;  ///< 0: never
};

/// Cancels as soon as a step is announced: before any of its statements has reached the database.
class Canceller : public Recorder {
  public:
    explicit Canceller(Driver& driver) : driver_(driver) {}
    void step_started(std::size_t step) override {
        Recorder::step_started(step);
        driver_.cancel();
    }

  private:
    Driver& driver_;
};

}  // namespace godwit::test
