#pragma once

#include <functional>

#include "commands/verbs.hpp"
#include "godwit/event.hpp"
#include "godwit/migrator.hpp"
#include "godwit/script.hpp"
#include "report/report.hpp"
#include "session.hpp"

namespace godwit::cli {

/// Does a command's work and writes what --report asks for, also where the work ends with an error. `work`
/// fills the report and returns the exit code. Throws Errc::Usage before any work where a report could not be
/// written.
int with_reports(Context& context, const std::function<int(report::Report&)>& work);

/// The parts that the commands have in common; nothing is done where no report is wanted. The place is told
/// before anything connects, so that an error which does not get further has one.
void report_folder(report::Report& report, Session& session);
void report_place(report::Report& report, Session& session);  ///< database and folder
void report_files(report::Report& report, Session& session, const MigrationSet& migrations);
void report_findings(report::Report& report, Session& session, const std::vector<Finding>& findings);
void report_plan(report::Report& report, const Plan& plan, const std::vector<Script>& scripts);
void report_result(report::Report& report, Session& session, const Result& result);

/// Keeps the findings of a run for its report.
class FindingCollector : public Reporter {
  public:
    /// Keeps nothing where the report is not wanted.
    FindingCollector(Reporter& inner, const report::Report& report) : inner_(inner), wanted_(report.wanted) {}
    void on(const Event& event) override;
    [[nodiscard]] const std::vector<Finding>& findings() const noexcept { return findings_; }

  private:
    Reporter& inner_;
    bool wanted_;
    std::vector<Finding> findings_;
};

}  // namespace godwit::cli
