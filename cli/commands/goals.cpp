// What up, down, goto and redo have in common.
#include <fmt/format.h>

#include <charconv>
#include <chrono>

#include "commands/verbs.hpp"
#include "godwit/error.hpp"
#include "render/heartbeat.hpp"
#include "render/json.hpp"
#include "render/text.hpp"
#include "report/reporting.hpp"
#include "untouched.hpp"

namespace godwit::cli {

namespace {

std::string checked(ValueType type, const std::string& text) {
    if (const auto problem = value_problem(Option{.name = "", .type = type}, text); !problem.empty())
        fail(Errc::Usage, problem);
    return text;
}

std::optional<Version> version_option(const Arguments& arguments, std::string_view name) {
    const auto text = arguments.value(name);
    return text ? std::optional(version_argument(*text)) : std::nullopt;
}

std::optional<std::string> argument(const Arguments& arguments, std::size_t index) {
    return index < arguments.positionals.size() ? std::optional(arguments.positionals[index]) : std::nullopt;
}

[[noreturn]] void too_many(std::string_view verb, std::string_view ways) {
    fail(Errc::Usage, fmt::format("{}: give only one of {}", verb, ways));
}

GoUp up_goal(const Arguments& arguments, std::size_t first) {
    GoUp goal;
    if (const auto count = argument(arguments, first)) goal.count = count_argument(*count);
    goal.to = version_option(arguments, "to");
    if (goal.count && goal.to) too_many("up", "N and --to");
    return goal;
}

GoDown down_goal(const Arguments& arguments, std::size_t first) {
    GoDown goal;
    const auto count = argument(arguments, first);
    goal.to = version_option(arguments, "to");
    if (count) goal.count = count_argument(*count);
    const bool all = arguments.has("all");
    if ((count ? 1 : 0) + (goal.to ? 1 : 0) + (all ? 1 : 0) > 1) too_many("down", "N, --to and --all");
    if (all || goal.to) goal.count = std::nullopt;
    return goal;
}

/// Signals may end the program at once until the first migration begins, and from the end of the run on.
class GuardingReporter : public Reporter {
  public:
    GuardingReporter(Signals& signals, Reporter& inner) : signals_(signals), inner_(inner) {}
    ~GuardingReporter() override { signals_.set_running(false); }
    void on(const Event& event) override {
        const bool begins =
            std::holds_alternative<RunStarted>(event) || std::holds_alternative<MigrationStarted>(event);
        if (begins) signals_.set_running(true);
        begun_ = begun_ || begins;
        inner_.on(event);
    }
    [[nodiscard]] bool begun() const noexcept { return begun_; }

  private:
    Signals& signals_;
    Reporter& inner_;
    bool begun_ = false;
};

/// Who is told while a migration takes its time, and how; null: nobody is.
Heartbeat::Tell teller(Output& output) {
    if (output.json_lines()) return [&output](const Beat& beat) { json::beat(output, beat); };
    if (output.json() || output.quiet()) return nullptr;
    if (output.progress())
        return [&output](const Beat& beat) { output.transient(bar_line(beat, Output::width())); };
    return [&output](const Beat& beat) { output.say(plain_line(beat)); };
}

Heartbeat::Trouble trouble_teller(Output& output) {
    return [&output](const std::string& why) {
        if (output.verbosity() > 0) output.say("note: the server's progress is not to be seen: " + why);
    };
}

/// Until the run begins it only looks.
Result run(Migrator& migrator, const Goal& goal, const GuardingReporter& reporter) {
    try {
        return migrator.run(goal);
    } catch (Error& error) {
        if (!reporter.begun()) say_untouched(error);
        throw;
    }
}

int exit_code_of(const Result& result, const Signals& signals) {
    if (result.interrupted) return exit_code(Errc::Interrupted);
    if (!result.failed) return 0;
    const bool asked = signals.cancelled() || result.failed->code() == Errc::Interrupted;
    if (asked) return exit_code(Errc::Interrupted);
    // what the ledger waited for in vain is no fault of the migration
    return exit_code(result.failed->code() == Errc::Locked ? Errc::Locked : Errc::Statement);
}

Goal read_goal(std::string_view verb, const Arguments& arguments, std::size_t first) {
    if (verb == "up") return up_goal(arguments, first);
    if (verb == "down") return down_goal(arguments, first);
    if (verb == "goto") return GoTo{version_argument(arguments.positionals.at(first))};
    const auto count = argument(arguments, first);
    return Redo{count ? count_argument(*count) : 1};
}

}  // namespace

std::size_t count_argument(const std::string& text) {
    checked(ValueType::Number, text);
    std::size_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

Version version_argument(const std::string& text) {
    return *Version::parse(checked(ValueType::Version, text));
}

Goal goal_of(std::string_view verb, const Arguments& arguments, std::size_t first) {
    return untouched([&] { return read_goal(verb, arguments, first); });
}

Policy policy_of(Context& context) {
    Policy policy;
    const auto order = context.settings().find(kOutOfOrder).text();
    policy.out_of_order = order == "run"    ? OutOfOrder::Run
                          : order == "warn" ? OutOfOrder::Warn
                                            : OutOfOrder::Fail;
    policy.checksum =
        context.settings().find(kChecksum).text() == "tokens" ? ChecksumRule::Tokens : ChecksumRule::Bytes;
    policy.allow_missing_down = context.arguments.has("allow-missing-down");
    for (const auto& version : context.arguments.values("skip"))
        policy.skip.push_back(version_argument(version));
    return policy;
}

namespace {

int run_reported(Context& context, const Goal& goal, report::Report& report) {
    auto& output = context.output;
    Session session(context);
    text::RunReporter text(output, [&session](const std::string& path) { return session.shown_file(path); });
    json::LineReporter lines(output);
    struct : Reporter {
        void on(const Event&) override {}
    } nobody;
    Reporter& shown = output.json_lines() ? static_cast<Reporter&>(lines)
                      : output.json()     ? static_cast<Reporter&>(nobody)
                                          : text;
    BeatingReporter beating(shown, output.progress() ? Pace::terminal() : Pace::pipe(), teller(output),
                            trouble_teller(output));
    FindingCollector collecting(beating, report);
    GuardingReporter reporter(session.signals(), collecting);
    report_place(report, session);
    auto& migrator = untouched([&]() -> Migrator& {
        auto& made = session.migrator(policy_of(context), &reporter);
        session.say_header();
        return made;
    });
    report_files(report, session, migrator.migrations());
    beating.watch(session.connected().watcher());
    text.align(text::columns(migrator.migrations()));

    const auto start = std::chrono::steady_clock::now();
    const auto result = run(migrator, goal, reporter);
    session.signals().set_finished();
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
    report_findings(report, session, collecting.findings());
    report_result(report, session, result);
    output.json() ? json::run(output, session.database_url(), result, took) : text::run(output, result, took);
    return exit_code_of(result, session.signals());
}

int plan_reported(Context& context, const Goal& goal, report::Report& report) {
    auto& output = context.output;
    Session session(context);
    report_place(report, session);
    auto& migrator = session.migrator(policy_of(context));
    report_files(report, session, migrator.migrations());
    session.say_header();
    const auto plan = migrator.plan(goal);
    const auto scripts = migrator.scripts(plan);
    report_findings(report, session, plan.findings);
    report_plan(report, plan, scripts);
    const bool sql = context.arguments.has("sql");
    if (output.json()) {
        json::plan(output, session.database_url(), plan, scripts, sql);
    } else {
        text::plan(output, plan, scripts, sql,
                   [&session](const std::string& path) { return session.shown_file(path); });
    }
    return 0;
}

}  // namespace

int run_goal(Context& context, const Goal& goal) {
    if (context.arguments.has("dry-run")) return untouched([&] { return show_plan(context, goal); });
    return with_reports(context, [&](report::Report& report) { return run_reported(context, goal, report); });
}

int show_plan(Context& context, const Goal& goal) {
    return with_reports(context,
                        [&](report::Report& report) { return plan_reported(context, goal, report); });
}

}  // namespace godwit::cli
