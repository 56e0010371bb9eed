#include <fmt/format.h>

#include <algorithm>

#include "render/format.hpp"
#include "render/plan.hpp"
#include "render/text.hpp"

namespace godwit::cli::text {

namespace {

std::string step_line(const Paint& paint, const PlannedStep& step, const Script& script,
                      const Columns& widths) {
    const auto arrow = step.direction == Direction::Up ? paint.green("↑") : paint.yellow("↓");
    const auto shape = describe(step, script);
    return fmt::format("  {} {:<{}} {:<{}}  {:<4} {:>14}  {}", arrow, step.version.text(), widths.version,
                       step.name, widths.name, direction_name(step.direction),
                       counted(script.statements().size(), "statement"), shape.transaction);
}

void remarks(Output& output, const PlannedStep& step, const Script& script) {
    for (const auto& line : describe(step, script).remarks)
        output.result("      " + line);
}

void sql_of(Output& output, const PlannedStep& step, const Script& script, const ShowFile& show) {
    const auto from = step.entry ? show(step.entry->path)
                                 : std::string(step.stored_down ? "stored when it was applied" : "no script");
    output.result(
        fmt::format("-- {} {} {}: {}", step.version.text(), step.name, direction_name(step.direction), from));
    if (script.empty()) return;
    auto body = script.text();
    while (!body.empty() && body.back() == '\n')
        body.pop_back();
    output.result(body);
}

}  // namespace

void plan(Output& output, const Plan& plan, const std::vector<Script>& scripts, bool sql,
          const ShowFile& show) {
    Columns widths;
    for (const auto& step : plan.steps) {
        widths.version = std::max(widths.version, step.version.text_size());
        widths.name = std::max(widths.name, std::min<std::size_t>(step.name.size(), 48));
    }
    for (const auto& found : plan.findings)
        if (found.severity != Severity::Info || output.verbosity() > 0) finding(output, found, false);
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        if (sql) {
            sql_of(output, plan.steps[i], scripts[i], show);
            continue;
        }
        output.result(step_line(output.out(), plan.steps[i], scripts[i], widths));
        remarks(output, plan.steps[i], scripts[i]);
    }
    const auto closing =
        plan.steps.empty()
            ? fmt::format("nothing to do: the database is at {}", shown_version(plan.current))
            : fmt::format("{} planned: from {} to {}; nothing was done", counted(plan.steps.size(), "step"),
                          shown_version(plan.current), shown_version(plan.target));
    sql ? output.say(closing) : output.result(closing);
}

}  // namespace godwit::cli::text
