#include "report/reporting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "discretion.hpp"
#include "files.hpp"
#include "godwit/duration.hpp"
#include "godwit/error.hpp"
#include "godwit/nearest.hpp"
#include "render/plan.hpp"
#include "report/wish.hpp"
#include "untouched.hpp"

namespace godwit::cli {

namespace {

using report::Report;

std::string rendered(std::string_view format, const Report& report) {
    if (format == "markdown") return report::markdown(report);
    if (format == "github") return report::github(report);
    if (format == "gitlab") return report::gitlab(report);
    if (format == "junit") return report::junit(report);
    return report::sarif(report, GODWIT_VERSION);
}

/// Opened before the work, so that a file that cannot be written is told while nothing has been done.
struct Target {
    ReportWish wish;
    std::ofstream stream;  ///< not open: stdout
};

std::vector<Target> open_targets(const Context& context) {
    std::vector<Target> targets;
    for (auto& wish : report_wishes(context.arguments.values("report"))) {
        if (wish.file.empty() && context.output.json())
            fail(Errc::Usage, "--report and --json cannot both have stdout",
                 fmt::format("name a file: --report {}=FILE", wish.format));
        auto& target = targets.emplace_back();
        target.wish = std::move(wish);
        if (target.wish.file.empty()) continue;
        errno = 0;
        target.stream.open(target.wish.file, std::ios::binary | std::ios::trunc);
        if (!target.stream) cannot_write(target.wish.file, Errc::Usage, "--report: ");
    }
    return targets;
}

void write(std::vector<Target>& targets, const Report& report, Output& output) {
    for (auto& target : targets) {
        const auto text = rendered(target.wish.format, report);
        if (target.wish.file.empty()) {
            output.raw(text);
            continue;
        }
        target.stream << text;
        target.stream.close();
        if (!target.stream)
            fail(Errc::Internal, fmt::format("--report: {} could not be written whole", target.wish.file),
                 "the command itself has done its work");
    }
}

std::string outcome_of(const Plan& plan) {
    const auto shown = [](const std::optional<Version>& version) {
        return version ? version->text() : std::string("nothing applied");
    };
    if (plan.steps.empty()) return fmt::format("nothing to do: the database is at {}", shown(plan.current));
    return fmt::format("{} planned: from {} to {}; nothing was done", plan.steps.size(), shown(plan.current),
                       shown(plan.target));
}

std::string outcome_of(const Result& result) {
    return fmt::format("{} done, {}{} pending; the database is at {}{}", result.done.size(),
                       result.failed ? "1 failed, " : "", result.pending,
                       result.current ? result.current->text() : "nothing", result.dirty ? ", dirty" : "");
}

ErrorInfo without_secrets(ErrorInfo info) {
    hide_passwords(info);
    return info;
}

/// What ended the command. A file of the source is shown from the working folder where the report knows it.
ErrorInfo shown(ErrorInfo info, const Report& report) {
    const auto known = [&](const report::File& file) {
        return file.path.ends_with("/" + info.where.file) && !info.where.file.empty();
    };
    const auto it = std::ranges::find_if(report.files, known);
    if (it != report.files.end())
        info.where.file = it->path;
    else if (!info.where.file.empty() && !report.folder.empty() &&
             !info.where.file.starts_with(report.folder))
        info.where.file = fmt::format("{}/{}", report.folder, info.where.file);
    return without_secrets(std::move(info));
}

}  // namespace

int with_reports(Context& context, const std::function<int(Report&)>& work) {
    auto targets = untouched([&] { return open_targets(context); });
    Report report;
    report.wanted = !targets.empty();
    report.command = context.arguments.command->name;
    int code = 0;
    try {
        code = work(report);
    } catch (const Error& error) {
        if (targets.empty()) throw;
        report.error = shown(error.info(), report);
        try {
            write(targets, report, context.output);
        } catch (const Error& second) {
            context.output.complain("error: " + second.info().message);
        }
        throw;
    }
    write(targets, report, context.output);
    return code;
}

void report_place(Report& report, Session& session) {
    if (!report.wanted) return;
    session.driver();
    report.database = session.database_url();
    report_folder(report, session);
}

void report_folder(Report& report, Session& session) {
    if (!report.wanted) return;
    const auto inside = session.shown_file("x");
    const auto end = inside.rfind('/');
    report.folder = end == std::string::npos ? "" : inside.substr(0, end);
}

void report_files(Report& report, Session& session, const MigrationSet& migrations) {
    if (!report.wanted) return;
    for (const auto& migration : migrations.in_order) {
        const auto& half = migration.up ? migration.up : migration.down;
        if (half)
            report.files.push_back({migration.version.text(), std::string(migration.name()),
                                    session.shown_file(half->entry.path)});
    }
}

void report_findings(Report& report, Session& session, const std::vector<Finding>& findings) {
    if (!report.wanted) return;
    for (auto found : findings) {
        if (!found.file.empty()) found.file = session.shown_file(found.file);
        for (auto* text : {&found.message, &found.hint, &found.detail})
            *text = without_passwords(*text);
        report.findings.push_back(std::move(found));
    }
}

void report_plan(Report& report, const Plan& plan, const std::vector<Script>& scripts) {
    if (!report.wanted) return;
    report.outcome = outcome_of(plan);
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const auto& step = plan.steps[i];
        auto shape = describe(step, scripts[i]);
        report.steps.push_back({step.version.text(), step.name, step.direction,
                                scripts[i].statements().size(), std::move(shape.transaction),
                                std::move(shape.remarks), shape.reversible,
                                scripts[i].empty() ? std::string() : scripts[i].text()});
    }
}

void report_result(Report& report, Session& session, const Result& result) {
    if (!report.wanted) return;
    report.outcome = outcome_of(result);
    const auto& migrations = session.migrator().migrations();
    for (const auto& step : result.done) {
        const auto version = Version::parse(step.version);
        const auto found = version ? migrations.find(*version) : std::nullopt;
        auto how = step.skipped ? "skipped" : step.empty ? "no script" : format_duration(step.took);
        report.steps.push_back({step.version,
                                step.name,
                                step.direction,
                                step.statements,
                                std::move(how),
                                {},
                                found && migrations.in_order[*found].down,
                                {}});
    }
    if (result.failed) report.error = shown(result.failed->info(), report);
}

void FindingCollector::on(const Event& event) {
    const auto* const reported = wanted_ ? std::get_if<FindingReported>(&event) : nullptr;
    if (reported != nullptr) findings_.push_back(reported->finding);
    inner_.on(event);
}

}  // namespace godwit::cli
