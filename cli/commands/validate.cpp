#include "commands/verbs.hpp"
#include "godwit/error.hpp"
#include "render/json.hpp"
#include "render/text.hpp"
#include "report/reporting.hpp"

namespace godwit::cli {

namespace {

Probe probe_of(const Arguments& arguments) {
    if (arguments.has("at-least") && arguments.has("exactly"))
        fail(Errc::Usage, "validate: give only one of --at-least and --exactly");
    Probe probe;
    if (const auto text = arguments.value("at-least")) probe.at_least = version_argument(*text);
    if (const auto text = arguments.value("exactly")) probe.exactly = version_argument(*text);
    return probe;
}

int validate(Context& context, report::Report& report) {
    const auto probe = probe_of(context.arguments);
    Session session(context);
    report_place(report, session);
    auto& migrator = session.migrator(policy_of(context));
    report_files(report, session, migrator.migrations());
    session.say_header();
    const auto validation = migrator.validate(probe);
    report_findings(report, session, validation.findings);
    report.outcome = text::outcome(validation);
    if (context.output.json())
        json::validation(context.output, session.database_url(), validation);
    else
        text::validation(context.output, validation);
    return validation.ok() ? 0 : exit_code(Errc::Validation);
}

}  // namespace

int run_validate(Context& context) {
    return with_reports(context, [&](report::Report& report) { return validate(context, report); });
}

}  // namespace godwit::cli
