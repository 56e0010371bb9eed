#include "render/json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "render/format.hpp"
#include "render/plan.hpp"

namespace godwit::cli::json {

namespace {

using Json = nlohmann::ordered_json;

Json version_of(const std::optional<Version>& version) {
    return version ? Json(version->text()) : Json(nullptr);
}

/// Replaces bytes that are no UTF-8 instead of failing: a server's message may hold any.
std::string dumped(const Json& document, int indent) {
    return document.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write(Output& output, const Json& document, std::string_view event) {
    if (output.json_lines()) {
        Json line{{"event", event}};
        line.update(document);
        output.raw(dumped(line, -1));
    } else {
        output.raw(dumped(document, 2));
    }
}

void put(Json& document, const char* key, const std::string& text) {
    if (!text.empty()) document[key] = text;
}

void put(Json& document, const char* key, std::size_t number) {
    if (number > 0) document[key] = number;
}

Json error_of(const ErrorInfo& info) {
    Json error{{"kind", kind_name(info.code)}, {"message", info.message}, {"hint", info.hint}};
    put(error, "version", info.where.version);
    put(error, "file", info.where.file);
    put(error, "line", info.where.line);
    put(error, "column", info.where.column);
    put(error, "statement", info.where.statement);
    put(error, "statements", info.where.statements);
    put(error, "sqlstate", info.sqlstate);
    put(error, "native_code", info.native_code);
    put(error, "detail", info.detail);
    put(error, "excerpt", info.excerpt);
    put(error, "state", info.state);
    put(error, "next", info.next);
    return error;
}

Json failure_of(const ErrorInfo& info, bool dirty) {
    return Json{{"version", info.where.version},
                {"file", info.where.file},
                {"line", info.where.line},
                {"column", info.where.column},
                {"statement", info.where.statement},
                {"statements", info.where.statements},
                {"kind", kind_name(info.code)},
                {"sqlstate", info.sqlstate},
                {"native_code", info.native_code},
                {"message", info.message},
                {"detail", info.detail},
                {"hint", info.hint},
                {"excerpt", info.excerpt},
                {"state", kept_state(info, dirty)},
                {"state_text", info.state},
                {"next", next_command(info)}};
}

Json finding_of(const Finding& finding) {
    Json document{{"code", finding.code},       {"severity", severity_name(finding.severity)},
                  {"version", finding.version}, {"file", finding.file},
                  {"message", finding.message}, {"hint", finding.hint}};
    put(document, "detail", finding.detail);
    put(document, "line", finding.line);
    put(document, "column", finding.column);
    return document;
}

Json findings_of(const std::vector<Finding>& findings) {
    auto list = Json::array();
    for (const auto& finding : findings)
        list.push_back(finding_of(finding));
    return list;
}

Json migration_of(const MigrationStatus& row) {
    return Json{{"version", row.version},
                {"name", row.name},
                {"state", migration_state_name(row.state)},
                {"has_down", row.has_down},
                {"applied_at", row.applied_at ? Json(rfc3339(*row.applied_at)) : Json(nullptr)},
                {"duration_ms", row.duration_ms},
                {"checksum", row.checksum},
                {"file", row.file},
                {"statements_done", row.statements_done},
                {"statements_total", row.statements_total}};
}

Json done_of(const DoneStep& step) {
    return Json{{"version", step.version},
                {"name", step.name},
                {"direction", direction_name(step.direction)},
                {"file", step.file},
                {"statements", step.statements},
                {"duration_ms", milliseconds(step.took)},
                {"empty", step.empty},
                {"skipped", step.skipped},
                {"stored", step.stored}};
}

Json planned_of(const PlannedStep& step, const Script& script, bool sql) {
    const auto shape = describe(step, script);
    Json planned{{"version", step.version.text()},
                 {"name", step.name},
                 {"direction", direction_name(step.direction)},
                 {"file", step.entry ? Json(step.entry->path) : Json(nullptr)},
                 {"transaction", shape.mode},
                 {"statements", script.statements().size()},
                 {"version_after", version_of(step.version_after)},
                 {"reversible", shape.reversible},
                 {"empty", step.empty},
                 {"skip", step.skip},
                 {"stored", step.stored_down},
                 {"resume_at", step.resume_at},
                 {"remarks", shape.remarks}};
    if (sql) planned["sql"] = script.text();
    return planned;
}

Json head(const std::string& database) {
    return Json{{"tool", "godwit"}, {"tool_version", GODWIT_VERSION}, {"database", database}};
}

}  // namespace

Value version(const std::optional<Version>& version) {
    return version ? Value(version->text()) : Value(nullptr);
}

void fields(Output& output, const std::vector<Field>& fields) {
    auto document = Json::object();
    for (const auto& [key, value] : fields)
        std::visit([&document, name = std::string(key)](const auto& content) { document[name] = content; },
                   value);
    write(output, document, "result");
}

void error(Output& output, const ErrorInfo& info) {
    write(output, Json{{"error", error_of(info)}}, "error");
}

void status(Output& output, const std::string& database, const Status& status) {
    Json document{{"tool", "godwit"}, {"version", GODWIT_VERSION}, {"database", database}};
    document["table"] = status.database.table;
    document["format"] = status.format;
    document["files"] = status.files;
    document["current"] = version_of(status.current);
    document["dirty"] = status.dirty;
    document["pending"] = status.pending;
    document["migrations"] = Json::array();
    for (const auto& row : status.migrations)
        document["migrations"].push_back(migration_of(row));
    document["findings"] = findings_of(status.findings);
    write(output, document, "result");
}

void run(Output& output, const std::string& database, const Result& result, std::chrono::microseconds took) {
    auto document = head(database);
    document["applied"] = Json::array();
    for (const auto& step : result.done)
        document["applied"].push_back(done_of(step));
    document["failed"] = result.failed ? failure_of(result.failed->info(), result.dirty) : Json(nullptr);
    document["pending"] = result.pending;
    document["current"] = version_of(result.current);
    document["dirty"] = result.dirty;
    document["interrupted"] = result.interrupted;
    document["duration_ms"] = milliseconds(took);
    write(output, document, "result");
}

namespace {

Json target_of(const TargetReport& target) {
    Json document{{"target", target.name}, {"outcome", target_outcome_name(target.outcome)}};
    document["applied"] = Json::array();
    const Result none;
    const Result& result = target.result ? *target.result : none;
    for (const auto& step : result.done)
        document["applied"].push_back(done_of(step));
    document["planned"] = target.planned;
    document["failed"] = result.failed ? failure_of(result.failed->info(), result.dirty) : Json(nullptr);
    document["error"] = target.error ? error_of(*target.error) : Json(nullptr);
    document["pending"] = target.result ? Json(result.pending) : Json(nullptr);
    document["current"] = version_of(result.current);
    document["dirty"] = result.dirty;
    document["exit_code"] = target.exit_code;
    document["duration_ms"] = milliseconds(target.took);
    return document;
}

}  // namespace

void target_done(Output& output, const TargetReport& target) {
    Json line{{"event", "target-done"}};
    line.update(target_of(target));
    output.raw(dumped(line, -1));
}

void each(Output& output, const EachReport& report) {
    auto document = head(report.database);
    if (report.database.empty()) document["database"] = nullptr;
    document["list"] = report.list;
    document["format"] = report.format;
    document["jobs"] = report.jobs;
    document["dry_run"] = report.dry_run;
    document["done"] = report.count(TargetOutcome::Done);
    document["failed"] = report.count(TargetOutcome::Failed);
    document["stopped"] = report.count(TargetOutcome::Interrupted);
    document["not_tried"] = report.count(TargetOutcome::NotTried);
    document["migrations"] = report.migrations();
    document["interrupted"] = report.interrupted;
    document["targets"] = Json::array();
    for (const auto& target : report.targets)
        document["targets"].push_back(target_of(target));
    document["duration_ms"] = milliseconds(report.took);
    write(output, document, "result");
}

void plan(Output& output, const std::string& database, const Plan& plan, const std::vector<Script>& scripts,
          bool sql) {
    auto document = head(database);
    document["current"] = version_of(plan.current);
    document["target"] = version_of(plan.target);
    document["dirty"] = plan.dirty;
    document["pending"] = plan.pending;
    document["steps"] = Json::array();
    for (std::size_t i = 0; i < plan.steps.size(); ++i)
        document["steps"].push_back(planned_of(plan.steps[i], scripts[i], sql));
    document["findings"] = findings_of(plan.findings);
    write(output, document, "result");
}

void validation(Output& output, const std::string& database, const Validation& validation) {
    auto document = head(database);
    document["ok"] = validation.ok();
    document["findings"] = findings_of(validation.findings);
    write(output, document, "result");
}

void ledger_work(Output& output, const std::string& database, const LedgerWork& work, bool done) {
    auto document = head(database);
    document["done"] = done;
    document["before"] = version_of(work.before);
    document["after"] = version_of(work.after);
    document["dirty"] = work.dirty;
    document["actions"] = Json::array();
    for (const auto& action : work.actions) {
        document["actions"].push_back(Json{{"what", action.what},
                                           {"version", action.version},
                                           {"name", action.name},
                                           {"message", action.message}});
    }
    document["left"] = findings_of(work.left);
    write(output, document, "result");
}

void check(Output& output, const std::string& against, const std::string& base,
           const Validation& validation) {
    Json document{{"tool", "godwit"}, {"tool_version", GODWIT_VERSION}, {"against", against}};
    document["base"] = base.empty() ? Json(nullptr) : Json(base);
    document["ok"] = validation.ok();
    document["findings"] = findings_of(validation.findings);
    write(output, document, "result");
}

void renamed(Output& output, const std::vector<std::pair<std::string, std::string>>& files, bool done) {
    Json document{{"tool", "godwit"}, {"tool_version", GODWIT_VERSION}, {"done", done}};
    document["renamed"] = Json::array();
    for (const auto& [from, to] : files)
        document["renamed"].push_back(Json{{"from", from}, {"to", to}});
    write(output, document, "result");
}

void history(Output& output, const std::string& database, const std::vector<HistoryRow>& rows) {
    auto document = head(database);
    document["rows"] = Json::array();
    for (const auto& row : rows) {
        document["rows"].push_back(
            Json{{"id", row.id},
                 {"version", row.version},
                 {"name", row.name},
                 {"direction", direction_name(row.direction)},
                 {"kind", row.kind},
                 {"state", history_state_name(row.state)},
                 {"checksum", row.checksum.empty() ? "" : "sha256:" + row.checksum},
                 {"token_checksum", row.token_checksum.empty() ? "" : "sha256:" + row.token_checksum},
                 {"statements_done", row.statements_done},
                 {"statements_total", row.statements_total},
                 {"started_at", rfc3339(row.started_at)},
                 {"duration_ms", row.duration_ms},
                 {"db_user", row.db_user},
                 {"os_user", row.os_user},
                 {"host", row.host},
                 {"tool_version", row.tool_version},
                 {"run_id", row.run_id},
                 {"error", row.error},
                 {"has_down_script", row.has_down_script},
                 {"version_after", row.version_after}});
    }
    write(output, document, "result");
}

void locks(Output& output, const std::string& database, const LockReport& report) {
    auto document = head(database);
    document["lock"] = report.lock;
    document["sessions"] = Json::array();
    for (const auto& session : report.sessions) {
        document["sessions"].push_back(
            Json{{"role", lock_role_name(session.role)},
                 {"id", session.id},
                 {"user", session.user},
                 {"host", session.host},
                 {"application", session.application},
                 {"since", session.since ? Json(rfc3339(*session.since)) : Json(nullptr)},
                 {"state", session.state},
                 {"statement", session.statement},
                 {"blocks", session.blocks},
                 {"object", session.object},
                 {"certain", session.certain}});
    }
    write(output, document, "result");
}

void plugins(Output& output, const std::vector<PluginReport>& plugins) {
    Json document{{"tool", "godwit"}, {"tool_version", GODWIT_VERSION}, {"abi", kPluginAbi}};
    document["plugins"] = Json::array();
    for (const auto& plugin : plugins) {
        document["plugins"].push_back(
            Json{{"kind", plugin_kind_name(plugin.kind)},
                 {"name", plugin.name},
                 {"schemes", plugin.schemes},
                 {"version", plugin.version},
                 {"summary", plugin.summary},
                 {"file", plugin.file},
                 {"refused", plugin.refused.empty() ? Json(nullptr) : Json(plugin.refused)}});
    }
    write(output, document, "result");
}

void settings(Output& output, const std::string& file, const std::string& environment, bool is_protected,
              const std::vector<Setting>& settings) {
    Json document{{"file", file.empty() ? Json(nullptr) : Json(file)},
                  {"environment", environment.empty() ? Json(nullptr) : Json(environment)},
                  {"protected", is_protected}};
    document["settings"] = Json::array();
    for (const auto& setting : settings) {
        document["settings"].push_back(
            Json{{"name", setting.option->name},
                 {"value", setting.values.empty() ? Json(nullptr) : Json(setting.shown())},
                 {"origin", setting.place.empty() ? "none" : setting.place}});
    }
    write(output, document, "result");
}

void help(Output& output) {
    const auto options_of = [](std::span<const Option> options) {
        auto list = Json::array();
        for (const auto& option : options) {
            if (option.hidden) continue;
            list.push_back(Json{{"name", option.name},
                                {"letter", option.letter ? std::string(1, option.letter) : ""},
                                {"value", option.value},
                                {"environment", option.env},
                                {"key", option.key},
                                {"default", option.fallback},
                                {"help", option.help}});
        }
        return list;
    };
    Json document{{"tool", "godwit"}, {"tool_version", GODWIT_VERSION}};
    document["commands"] = Json::array();
    for (const auto& command : commands()) {
        document["commands"].push_back(Json{{"name", command.name},
                                            {"arguments", command.usage},
                                            {"summary", command.summary},
                                            {"options", options_of(command.options)}});
    }
    document["options"] = options_of(global_options());
    write(output, document, "result");
}

namespace {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

Json done_event(const MigrationDone& what) {
    return Json{{"event", "migration-done"},
                {"version", what.version},
                {"name", what.name},
                {"direction", direction_name(what.direction)},
                {"file", what.file},
                {"statements", what.statements},
                {"duration_ms", milliseconds(what.took)},
                {"empty", what.empty},
                {"skipped", what.skipped},
                {"stored", what.stored}};
}

Json event_of(const Event& event) {
    return std::visit(
        Overloaded{
            [](const RunStarted& what) {
                return Json{{"event", "run-started"}, {"steps", what.steps}};
            },
            [](const FindingReported& what) {
                return Json{{"event", "finding"}, {"finding", finding_of(what.finding)}};
            },
            [](const LockWaited& what) {
                return Json{
                    {"event", "lock-waiting"}, {"holder", what.holder}, {"waited_ms", what.waited.count()}};
            },
            [](const MigrationStarted& what) {
                return Json{{"event", "migration-started"},
                            {"version", what.version},
                            {"name", what.name},
                            {"direction", direction_name(what.direction)},
                            {"file", what.file},
                            {"statements", what.statements}};
            },
            [](const StatementDone& what) {
                return Json{{"event", "statement-done"},
                            {"version", what.version},
                            {"statement", what.statement},
                            {"statements", what.statements},
                            {"duration_ms", milliseconds(what.took)}};
            },
            [](const ServerNotice& what) {
                return Json{{"event", "notice"},
                            {"version", what.version},
                            {"severity", severity_name(what.severity)},
                            {"text", what.text}};
            },
            [](const MigrationDone& what) { return done_event(what); },
            [](const MigrationFailed& what) {
                Json line{{"event", "migration-failed"},
                          {"version", what.version},
                          {"name", what.name},
                          {"direction", direction_name(what.direction)},
                          {"file", what.file}};
                line["error"] = error_of(what.error);
                return line;
            },
            [](const RunFinished& what) {
                return Json{{"event", "run-finished"},         {"done", what.done},
                            {"failed", what.failed},           {"pending", what.pending},
                            {"interrupted", what.interrupted}, {"duration_ms", milliseconds(what.took)}};
            }},
        event);
}

}  // namespace

void beat(Output& output, const Beat& beat) {
    const auto& at = beat.position;
    const auto said = beat.progress.value_or(StatementProgress{});
    const Json line{{"event", "progress"},
                    {"version", at.version},
                    {"name", at.name},
                    {"file", at.file},
                    {"statements_done", at.statements_done},
                    {"statements", at.statements},
                    {"elapsed_ms", beat.elapsed.count()},
                    {"phase", said.phase},
                    {"percent", said.percent ? Json(*said.percent) : Json(nullptr)},
                    {"blocked_by", said.blocked_by}};
    output.raw(dumped(line, -1));
}

void LineReporter::on(const Event& event) {
    auto line = event_of(event);
    if (const auto* statement = std::get_if<StatementDone>(&event); statement && output_.verbosity() > 0)
        line["sql"] = statement->sql;
    if (!target_.empty()) line["target"] = target_;
    output_.raw(dumped(line, -1));
}

}  // namespace godwit::cli::json
