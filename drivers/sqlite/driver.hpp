#pragma once

#include <memory>

#include "godwit/driver.hpp"
#include "godwit/url.hpp"
#include "sqlite/admin.hpp"
#include "sqlite/ledger.hpp"
#include "sqlite/session.hpp"

/// SQLite 3.38 and later. A script and its ledger change are one transaction; several steps share one.
namespace godwit::sqlite {

class SqliteDriver final : public Driver {
  public:
    SqliteDriver(Target target, DriverOptions options);

    void connect() override;
    [[nodiscard]] const Dialect& dialect() const override { return dialect_; }
    [[nodiscard]] DatabaseInfo info() override;
    LedgerState state() override;
    std::vector<HistoryRow> history(std::size_t limit) override;
    std::vector<AppliedVersion> applied() override;
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

  private:
    void require_connected() const;
    /// Runs `body` in a write transaction of its own.
    template <typename Body>
    void write(Body&& body);

    DriverOptions options_;
    Dialect dialect_ = sqlite_dialect();
    Connection connection_;
    Ledger ledger_;
    Admin admin_;
    bool connected_ = false;
};

/// Throws Errc::Usage for a URL that cannot be honoured.
std::unique_ptr<Driver> open(const Url& url, const DriverOptions& options);

}  // namespace godwit::sqlite
