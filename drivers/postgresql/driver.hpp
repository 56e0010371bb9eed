#pragma once

#include <memory>
#include <mutex>

#include "godwit/driver.hpp"
#include "postgresql/admin.hpp"
#include "postgresql/landing.hpp"
#include "postgresql/session.hpp"
#include "postgresql/url.hpp"
#include "sql/batch.hpp"

namespace godwit::postgresql {

/// PostgreSQL 12 and later. Script and ledger change in one transaction, several steps in one round trip.
class PostgresqlDriver : public Driver {
  public:
    PostgresqlDriver(const Url& url, DriverOptions options);

    void connect() override;
    [[nodiscard]] const Dialect& dialect() const override { return dialect_; }
    [[nodiscard]] DatabaseInfo info() override;
    LedgerState state() override;
    std::vector<HistoryRow> history(std::size_t limit) override;
    std::vector<AppliedVersion> applied() override;
    LedgerView view() override;
    LedgerView glance() override;
    std::optional<std::string> stored_down_script(const Version& version) override;
    std::vector<std::optional<std::string>> stored_down_scripts(std::span<const Version> versions) override;
    std::optional<std::string> stored_up_script(const Version& version) override;
    std::unique_ptr<Lock> lock(const Deadline& deadline, const LockWaiting& waiting) override;
    LockReport locks() override;
    Outcome apply(std::span<const Step> steps, const RunIdentity& run, StepObserver& observer) override;
    void record(std::span<const LedgerChange> changes, const RunIdentity& run) override;
    void ensure_version_table() override;
    std::vector<std::string> drop_everything(const DropOptions& options) override;
    void cancel() noexcept override;
    std::vector<std::vector<std::optional<std::string>>> query(const std::string& sql) override;
    DatabaseAdmin* admin() override { return &admin_; }
    std::unique_ptr<Watcher> watcher() override;

  private:
    Connection& connection();
    void require_schema(const Facts& facts) const;

    DriverOptions options_;
    Target target_;
    Dialect dialect_;
    Admin admin_;
    std::mutex connection_mutex_;  ///< guards the pointer against cancel() while connect() sets it
    std::shared_ptr<Connection> connection_;
    std::unique_ptr<Ledger> ledger_;
    std::optional<Landing> landing_;  ///< of ledger_
    sql::BatchSizer sizer_;
};

/// OpenDriver of the plugin.
std::unique_ptr<Driver> open(const Url& url, const DriverOptions& options);

}  // namespace godwit::postgresql
