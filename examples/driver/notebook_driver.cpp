#include "notebook_driver.hpp"

#include <godwit/error.hpp>

#include <algorithm>
#include <map>
#include <utility>

#include "notebook_lock.hpp"
#include "statement.hpp"

namespace notebook {

using godwit::Errc;
using godwit::fail;
using godwit::HistoryRow;
using godwit::HistoryState;
using godwit::Step;

namespace {

using Clock = std::chrono::steady_clock;

std::chrono::microseconds since(Clock::time_point begin) {
    return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
}

godwit::Dialect notebook_dialect() {
    godwit::Dialect dialect = godwit::generic_dialect();
    dialect.name = dialect.product = "notebook";
    return dialect;
}

std::string text_of(const std::optional<godwit::Version>& version) {
    return version ? version->canonical() : std::string();
}

HistoryRow row_of(const Step& step, const godwit::RunIdentity& run) {
    HistoryRow row;
    row.version = step.version.canonical();
    row.name = step.name;
    row.direction = step.direction;
    row.state = step.direction == godwit::Direction::Up ? HistoryState::Applied : HistoryState::RolledBack;
    row.checksum = step.script.sha256();
    row.token_checksum = step.script.token_sha256();
    row.statements_done = row.statements_total = step.script.statements().size();
    row.started_at =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    row.os_user = run.os_user;
    row.host = run.host;
    row.tool_version = run.tool_version;
    row.run_id = run.run_id;
    row.has_down_script = step.has_down_script;
    row.down_script = step.down_script;
    row.version_after = text_of(step.version_after);
    return row;
}

void append(Notebook& notebook, HistoryRow row) {
    notebook.has_history_table = true;
    row.id = notebook.history.empty() ? 1 : notebook.history.back().id + 1;
    notebook.history.push_back(std::move(row));
}

/// Directives that a notebook cannot honour must not be passed over.
void require_possible(const Step& step) {
    const auto possible = [](const godwit::Directives& asked) {
        return !asked.skip_if && !asked.expect_rows && asked.transaction.value_or(true);
    };
    bool all = possible(step.script.directives());
    for (const auto& statement : step.script.statements())
        all = all && possible(step.script.directives(statement));
    if (!all)
        fail(Errc::Statement,
             step.script.file() + ": a notebook knows neither skip-if, expect-rows nor no-transaction",
             "remove the directive");
}

/// What is known of a failed statement, for the message.
godwit::Error located(godwit::Error error, const Step& step, std::size_t index) {
    const auto& statement = step.script.statements()[index];
    godwit::ErrorInfo& info = error.edit();
    info.where.file = step.script.file();
    info.where.version = step.version.text();
    info.where.line = statement.line;
    info.where.column = statement.column;
    info.where.statement = index + 1;
    info.where.statements = step.script.statements().size();
    info.excerpt = step.script.excerpt(statement.begin);
    info.position = statement.begin;
    return error;
}

/// Runs the statements from resume_at on; gives how many ran.
std::size_t run_statements(const Step& step, const godwit::Dialect& dialect, Notebook& notebook) {
    const auto& statements = step.script.statements();
    std::size_t ran = 0;
    for (std::size_t i = step.resume_at; i < statements.size(); ++i) {
        if (!applies_to(step.script.directives(statements[i]), dialect)) continue;
        try {
            execute(step.script.sql(statements[i]), notebook);
        } catch (const godwit::Error& error) {
            throw located(error, step, i);
        }
        ++ran;
    }
    return ran;
}

}  // namespace

NotebookDriver::NotebookDriver(std::filesystem::path file, godwit::DriverOptions options)
    : file_(std::move(file)), options_(std::move(options)), dialect_(notebook_dialect()) {}

void NotebookDriver::connect() {
    if (!std::filesystem::is_directory(file_.parent_path()))
        fail(Errc::Connect, "notebook " + file_.string() + ": its folder is not there", "make the folder");
    (void)load(file_);
}

godwit::DatabaseInfo NotebookDriver::info() {
    return {"Notebook", "1", file_.string(), "", "", options_.table};
}

godwit::LedgerState NotebookDriver::state() {
    const Notebook notebook = load(file_);
    godwit::LedgerState state;
    state.has_version_table = notebook.has_version_table;
    state.has_history_table = notebook.has_history_table;
    state.version = notebook.version;
    state.dirty = notebook.dirty;
    if (!notebook.history.empty()) {
        state.head = notebook.history.back();
        state.head->down_script.clear();
    }
    return state;
}

std::vector<HistoryRow> NotebookDriver::history(std::size_t limit) {
    auto rows = load(file_).history;
    std::ranges::reverse(rows);
    if (limit != 0 && rows.size() > limit) rows.resize(limit);
    for (HistoryRow& row : rows)
        row.down_script.clear();
    return rows;
}

std::vector<godwit::AppliedVersion> NotebookDriver::applied() {
    const Notebook notebook = load(file_);
    std::map<godwit::Version, const HistoryRow*> newest;
    for (const HistoryRow& row : notebook.history) {
        if (const auto version = godwit::Version::parse(row.version)) newest.insert_or_assign(*version, &row);
    }
    std::vector<godwit::AppliedVersion> applied;
    for (const auto& [version, row] : newest) {
        if (counts_as_applied(row->state)) applied.push_back(applied_version(*row, version));
    }
    return applied;
}

std::optional<std::string> NotebookDriver::stored_down_script(const godwit::Version& version) {
    const auto rows = load(file_).history;
    const auto row = std::find_if(rows.rbegin(), rows.rend(), [&](const HistoryRow& candidate) {
        return candidate.state == HistoryState::Applied && candidate.version == version.canonical();
    });
    if (row == rows.rend() || !row->has_down_script) return std::nullopt;
    return row->down_script;
}

std::unique_ptr<godwit::Lock> NotebookDriver::lock(const godwit::Deadline& deadline,
                                                   const godwit::LockWaiting& waiting) {
    return lock_notebook(file_, deadline, waiting);
}

godwit::Outcome NotebookDriver::apply(std::span<const Step> steps, const godwit::RunIdentity& run,
                                      godwit::StepObserver& observer) {
    godwit::Outcome outcome;
    for (std::size_t i = 0; i < steps.size() && !outcome.failure; ++i) {
        if (observer.stop()) {
            outcome.stopped = true;
            break;
        }
        observer.step_started(i);
        try {
            const auto result = land(steps[i], run);
            ++outcome.landed;
            observer.step_landed(i, result);
        } catch (godwit::Error& error) {
            error.edit().kept = godwit::Kept::Nothing;
            note_failure(steps[i]);
            outcome.failure = error;
        }
    }
    return outcome;
}

/// The script runs on a copy; saving it with its ledger change is the commit.
godwit::StepResult NotebookDriver::land(const Step& step, const godwit::RunIdentity& run) {
    const auto begin = Clock::now();
    require_possible(step);
    Notebook notebook = load(file_);
    HistoryRow row = row_of(step, run);
    godwit::StepResult result;
    result.skipped = !applies_to(step.script.directives(), dialect_);
    if (!result.skipped) result.statements = run_statements(step, dialect_, notebook);
    notebook.has_version_table = true;
    notebook.version = step.version_after;
    notebook.dirty = false;
    result.duration = since(begin);
    row.duration_ms = static_cast<double>(result.duration.count()) / 1000;
    append(notebook, std::move(row));
    save(notebook, file_);
    return result;
}

void NotebookDriver::note_failure(const Step& step) {
    if (step.dirty_policy != godwit::DirtyPolicy::Always) return;
    Notebook notebook = load(file_);
    notebook.has_version_table = true;
    notebook.version = step.version_after;
    notebook.dirty = true;
    save(notebook, file_);
}

void NotebookDriver::record(std::span<const godwit::LedgerChange> changes, const godwit::RunIdentity& run) {
    Notebook notebook = load(file_);
    notebook.has_version_table = true;
    for (const godwit::LedgerChange& change : changes) {
        notebook.version = change.version;
        notebook.dirty = change.dirty;
        if (!change.history) continue;
        HistoryRow row = *change.history;
        row.os_user = run.os_user;
        row.host = run.host;
        row.tool_version = run.tool_version;
        row.run_id = run.run_id;
        append(notebook, std::move(row));
    }
    save(notebook, file_);
}

void NotebookDriver::ensure_version_table() {
    Notebook notebook = load(file_);
    if (std::exchange(notebook.has_version_table, true)) return;
    save(notebook, file_);
}

std::vector<std::string> NotebookDriver::drop_everything(const godwit::DropOptions&) {
    const Notebook notebook = load(file_);
    std::vector<std::string> dropped;
    for (const auto& [key, text] : notebook.notes)
        dropped.push_back("note " + key);
    if (notebook.has_version_table) dropped.push_back("table " + options_.table);
    if (notebook.has_history_table) dropped.push_back("table " + options_.table + "_history");
    save({}, file_);
    return dropped;
}

std::unique_ptr<godwit::Driver> open(const godwit::Url& url, const godwit::DriverOptions& options) {
    std::string path = url.rest().reveal();
    if (path.starts_with("//")) path.erase(0, 2);
    const auto decoded = godwit::percent_decode(path);
    if (!decoded || decoded->empty())
        fail(Errc::Usage, url.redacted() + ": the name of a file is expected behind notebook://",
             "for example notebook:///srv/notes.txt");
    return std::make_unique<NotebookDriver>(std::filesystem::absolute(*decoded), options);
}

}  // namespace notebook
