#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "godwit/driver.hpp"
#include "godwit/url.hpp"

/// A driver whose database lives in memory: for tests, and as the template of a driver.
namespace godwit::stub {

/// What a server would hold. Statements are not executed but kept in order; one that begins with "FAIL" is
/// refused, and one that begins with "WAIT" runs until somebody cancels it.
struct Database {
    std::mutex mutex;
    std::condition_variable changed;  ///< the lock was released, or a statement was cancelled
    bool locked = false;
    std::optional<Error> lock_failure;  ///< what lock() throws
    bool cancelled = false;
    bool atomic = true;  ///< false: every statement commits by itself, as in MySQL

    bool has_version_table = false;
    bool has_history_table = false;
    std::optional<Version> version;
    bool dirty = false;
    std::vector<HistoryRow> history;
    std::vector<std::string> statements;  ///< what took effect
    std::optional<EffectFound> effect;    ///< what effect_of() answers
};

/// The database of that name; made when it is asked for first, gone with its last holder.
std::shared_ptr<Database> database(const std::string& name);

class StubDriver final : public Driver {
  public:
    StubDriver(std::string name, std::shared_ptr<Database> database, DriverOptions options);

    void connect() override;
    [[nodiscard]] const Dialect& dialect() const override { return dialect_; }
    [[nodiscard]] DatabaseInfo info() override;
    LedgerState state() override;
    std::vector<HistoryRow> history(std::size_t limit) override;
    std::vector<AppliedVersion> applied() override;
    std::optional<std::string> stored_down_script(const Version& version) override;
    std::optional<std::string> stored_up_script(const Version& version) override;
    std::unique_ptr<Lock> lock(const Deadline& deadline, const LockWaiting& waiting) override;
    Outcome apply(std::span<const Step> steps, const RunIdentity& run, StepObserver& observer) override;
    void record(std::span<const LedgerChange> changes, const RunIdentity& run) override;
    void ensure_version_table() override;
    std::vector<std::string> drop_everything(const DropOptions& options) override;
    void cancel() noexcept override;
    std::optional<EffectFound> effect_of(const HistoryRow& /*row*/, const Script& /*script*/) override {
        return database_->effect;
    }

  private:
    class Held;

    void require_connected() const;
    [[nodiscard]] std::optional<HistoryRow> newest_applied(const Version& version) const;
    StepResult run(const Step& step, const RunIdentity& run, StepObserver& observer, std::size_t index);
    /// Adds `done` for each statement that took effect; throws at the first that does not.
    void run_statements(const Step& step, StepObserver& observer, std::size_t index, std::size_t& done);
    void execute(const Script& script, const Statement& statement);
    void begin(const Step& step, HistoryRow row);
    void land(const Step& step, const HistoryRow& row);
    void note_failure(const Step& step, HistoryRow row, const std::optional<Version>& before, Error& error);
    HistoryRow& append(HistoryRow row);
    void finish(HistoryRow row);

    std::string name_;
    std::shared_ptr<Database> database_;
    DriverOptions options_;
    Dialect dialect_ = generic_dialect();
    bool connected_ = false;
};

/// `stub://NAME`. Throws Errc::Usage where there is no name.
std::unique_ptr<Driver> open(const Url& url, const DriverOptions& options);

}  // namespace godwit::stub
