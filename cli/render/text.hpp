#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "godwit/event.hpp"
#include "godwit/migrator.hpp"
#include "output.hpp"

namespace godwit::cli::text {

/// How a file is shown: from the working folder, where it is a local one.
using ShowFile = std::function<std::string(const std::string& path)>;

/// An error that ended the command, on stderr.
void error(Output& output, const ErrorInfo& info);
void finding(Output& output, const Finding& finding, bool as_result);
void status(Output& output, const Status& status);
void validation(Output& output, const Validation& validation);
/// Its closing line: "valid: files and ledger agree (1 warning)".
std::string outcome(const Validation& validation);
/// What repair or baseline changes, and on stderr what stays wrong.
void ledger_work(Output& output, const LedgerWork& work);
/// With -v all columns of each row.
void history(Output& output, const std::vector<HistoryRow>& rows);
void locks(Output& output, const LockReport& report);
/// `sql`: the scripts themselves instead of a table; nothing but SQL and comments.
void plan(Output& output, const Plan& plan, const std::vector<Script>& scripts, bool sql,
          const ShowFile& show);
/// What a failure is explained by, below the line that tells of it: place, excerpt, message, what to do.
/// `file`: where `error` names none.
void failure(Output& output, const ErrorInfo& error, const std::string& file, const ShowFile& show);
/// The closing line of a run, and where the database is after an interrupted one.
void run(Output& output, const Result& result, std::chrono::microseconds took);

/// Widths of the columns that versions and names stand in.
struct Columns {
    std::size_t version = 0;
    std::size_t name = 0;
};
Columns columns(const MigrationSet& migrations);

/// Prints a run while it happens.
class RunReporter : public Reporter {
  public:
    RunReporter(Output& output, ShowFile show) : output_(output), show_(std::move(show)) {}
    /// Before the run: the columns are as wide as the layout's longest entries.
    void align(Columns columns) { columns_ = columns; }
    void on(const Event& event) override;

  private:
    void done(const MigrationDone& event);
    void failed(const MigrationFailed& event);
    void statement(const StatementDone& event);
    void notice(const ServerNotice& event);
    void waited(const LockWaited& event);
    [[nodiscard]] std::string head(std::string_view mark, std::string_view version,
                                   std::string_view name) const;

    Output& output_;
    Columns columns_;
    ShowFile show_;
};

}  // namespace godwit::cli::text
