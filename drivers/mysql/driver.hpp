#pragma once

#include <memory>
#include <mutex>

#include "godwit/driver.hpp"
#include "mysql/admin.hpp"
#include "mysql/ledger.hpp"
#include "mysql/session.hpp"
#include "mysql/settings.hpp"
#include "mysql/url.hpp"
#include "sql/batch.hpp"

namespace godwit::mysql {

/// MySQL 8 and later, MariaDB 10.5 and later. Scripts of DML alone are one transaction with the ledger; DDL
/// is recorded statement by statement.
class MysqlDriver : public Driver {
  public:
    MysqlDriver(const Url& url, DriverOptions options);

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
    std::optional<EffectFound> effect_of(const HistoryRow& row, const Script& script) override;
    [[nodiscard]] std::optional<std::size_t> lost_with_session(const Script& script,
                                                               std::size_t resume_at) const override;

  private:
    Connection& connection();

    DriverOptions options_;
    Target target_;
    Dialect dialect_;
    Admin admin_;
    std::mutex connection_mutex_;  ///< guards the pointer against cancel() while connect() sets it
    std::shared_ptr<Connection> connection_;
    std::unique_ptr<Ledger> ledger_;
    std::unique_ptr<Settings> settings_;
    sql::BatchSizer sizer_;
};

/// OpenDriver of the plugin.
std::unique_ptr<Driver> open(const Url& url, const DriverOptions& options);

}  // namespace godwit::mysql
