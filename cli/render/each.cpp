#include "render/each.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "godwit/duration.hpp"
#include "render/format.hpp"
#include "render/json.hpp"

namespace godwit::cli {

namespace {

constexpr std::size_t kWidestName = 60;

std::string mark_of(const Paint& paint, TargetOutcome outcome) {
    if (outcome == TargetOutcome::Done) return paint.green("✓");
    return outcome == TargetOutcome::Failed ? paint.red("✗") : paint.yellow("!");
}

std::string what_of(const TargetReport& report) {
    if (!report.planned.empty())
        return fmt::format("{} to apply ({} … {})", report.planned.size(), report.planned.front(),
                           report.planned.back());
    const std::size_t applied = report.result ? report.result->done.size() : 0;
    if (report.outcome == TargetOutcome::Done)
        return applied > 0 ? fmt::format("{} applied", applied) : "nothing to do";
    std::string what = applied > 0 ? fmt::format("{} applied, ", applied) : "";
    if (report.outcome == TargetOutcome::Interrupted) return what + "interrupted";
    if (!report.result || !report.result->failed) return what + "failed";
    const auto& where = report.result->failed->info().where;
    what += "failed at " + where.version;
    return where.line > 0 ? fmt::format("{}, line {}", what, where.line) : what;
}

}  // namespace

/// What of a target's events is shown while it runs.
class EachReporter::Events : public Reporter {
  public:
    Events(EachReporter& all, std::string name) : all_(all), name_(std::move(name)) {}
    void on(const Event& event) override { all_.tell(name_, event); }

  private:
    EachReporter& all_;
    std::string name_;
};

EachReporter::EachReporter(Output& output, text::ShowFile show, const std::vector<std::string>& names)
    : output_(output), show_(std::move(show)), all_(names.size()) {
    for (const auto& name : names)
        width_ = std::max(width_, std::min(name.size(), kWidestName));
}

std::unique_ptr<Reporter> EachReporter::begin(const std::string& name) {
    const std::lock_guard guard(mutex_);
    ++running_;
    show_progress();
    if (output_.json_lines()) return std::make_unique<json::LineReporter>(output_, name);
    return std::make_unique<Events>(*this, name);
}

void EachReporter::waiting(const std::string& name, const ErrorInfo& why) {
    if (output_.json()) return;
    output_.say(fmt::format("{}: waiting for it: {}", name, why.message));
}

void EachReporter::tell(const std::string& name, const Event& event) {
    if (output_.json()) return;
    if (const auto* found = std::get_if<FindingReported>(&event)) {
        finding(name, found->finding);
    } else if (const auto* lock = std::get_if<LockWaited>(&event)) {
        output_.say(fmt::format("{}: waiting for the migration lock since {}{}{}", name,
                                format_duration(lock->waited), lock->holder.empty() ? "" : "; held by ",
                                lock->holder));
    } else if (const auto* notice = std::get_if<ServerNotice>(&event)) {
        if (notice->severity != Severity::Info || output_.verbosity() > 0)
            output_.say(fmt::format("{}: {}: {}", name, notice->version, notice->text));
    } else if (const auto* step = std::get_if<MigrationDone>(&event); step && output_.verbosity() > 0) {
        output_.say(fmt::format("{}: {} {}  {}  {}", name, step->version, step->name,
                                counted(step->statements, "statement"), format_duration(step->took)));
    }
}

void EachReporter::finding(const std::string& name, const Finding& found) {
    if (found.severity == Severity::Info && output_.verbosity() == 0) return;
    const std::lock_guard guard(mutex_);
    if (!told_.insert(fmt::format("{}\n{}\n{}", found.code, found.version, found.message)).second) return;
    output_.say(name + ":");
    text::finding(output_, found, false);
}

void EachReporter::done(const TargetReport& report) {
    const std::lock_guard guard(mutex_);
    ++done_;
    --running_;
    failed_ += report.outcome == TargetOutcome::Failed ? 1 : 0;
    if (output_.json_lines()) json::target_done(output_, report);
    if (!output_.json()) line(report);
    show_progress();
}

void EachReporter::line(const TargetReport& report) {
    const bool fine = report.outcome == TargetOutcome::Done;
    if (fine && output_.quiet()) return;
    const auto& paint = fine ? output_.out() : output_.err();
    const auto all = std::to_string(all_);
    const auto text =
        fmt::format("  {} {:>{}}/{}  {:<{}}  {:<14} {:>9}", mark_of(paint, report.outcome), done_, all.size(),
                    all, report.name, width_, what_of(report), format_duration(report.took));
    fine ? output_.result_now(text) : output_.complain(text);
    const bool interrupted = report.outcome == TargetOutcome::Interrupted && !report.error;
    if (report.result && report.result->failed && !interrupted)
        text::failure(output_, report.result->failed->info(), "", show_);
    if (report.error) text::failure(output_, *report.error, "", show_);
}

void EachReporter::show_progress() {
    if (done_ == all_) return;
    const auto failed = failed_ > 0 ? fmt::format(", {} failed", failed_) : "";
    output_.transient(fmt::format("  {}/{} done, {} running{}", done_, all_, running_, failed));
}

namespace text {

void each(Output& output, const EachReport& report) {
    std::vector<std::string> parts;
    parts.push_back(
        fmt::format("{} of {}", report.count(TargetOutcome::Done), counted(report.targets.size(), "target")) +
        (report.dry_run ? " looked at" : " done"));
    const auto add = [&](TargetOutcome outcome, std::string_view word) {
        if (const auto count = report.count(outcome)) parts.push_back(fmt::format("{} {}", count, word));
    };
    add(TargetOutcome::Failed, "failed");
    add(TargetOutcome::Interrupted, "interrupted");
    add(TargetOutcome::NotTried, "not tried");
    if (!output.quiet())
        output.result(fmt::format("{}; {} {} in {}", fmt::join(parts, ", "),
                                  counted(report.migrations(), "migration"),
                                  report.dry_run ? "to apply" : "applied", format_duration(report.took)));
    if (report.exit_code() != 0)
        output.complain("the same command again does what is left, and nothing twice");
}

}  // namespace text

}  // namespace godwit::cli
