#pragma once

#include <godwit/driver.hpp>
#include <godwit/url.hpp>

#include <filesystem>
#include <memory>

#include "notebook.hpp"

namespace notebook {

/// A driver for notebooks. It shows what every driver has to do: keep script and ledger together, report
/// where a script failed, hold a lock that ends with its holder.
class NotebookDriver final : public godwit::Driver {
  public:
    NotebookDriver(std::filesystem::path file, godwit::DriverOptions options);

    void connect() override;
    [[nodiscard]] const godwit::Dialect& dialect() const override { return dialect_; }
    [[nodiscard]] godwit::DatabaseInfo info() override;
    godwit::LedgerState state() override;
    std::vector<godwit::HistoryRow> history(std::size_t limit) override;
    std::vector<godwit::AppliedVersion> applied() override;
    std::optional<std::string> stored_down_script(const godwit::Version& version) override;
    std::unique_ptr<godwit::Lock> lock(const godwit::Deadline& deadline,
                                       const godwit::LockWaiting& waiting) override;
    godwit::Outcome apply(std::span<const godwit::Step> steps, const godwit::RunIdentity& run,
                          godwit::StepObserver& observer) override;
    void record(std::span<const godwit::LedgerChange> changes, const godwit::RunIdentity& run) override;
    void ensure_version_table() override;
    std::vector<std::string> drop_everything(const godwit::DropOptions& options) override;
    /// A statement takes no time: there is none to stop.
    void cancel() noexcept override {}

  private:
    godwit::StepResult land(const godwit::Step& step, const godwit::RunIdentity& run);
    void note_failure(const godwit::Step& step);

    std::filesystem::path file_;
    godwit::DriverOptions options_;
    godwit::Dialect dialect_;
};

/// `notebook://FILE`.
std::unique_ptr<godwit::Driver> open(const godwit::Url& url, const godwit::DriverOptions& options);

}  // namespace notebook
