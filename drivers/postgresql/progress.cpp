#include "postgresql/progress.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "godwit/deadline.hpp"
#include "postgresql/session.hpp"

namespace godwit::postgresql {
namespace {

/// Whoever watches must not make the run that it watches wait: neither for a server that hangs nor for a
/// network.
constexpr Milliseconds kPatience{2'000};

/// One view of the server's progress reports, as phase, done and total of that phase.
struct Report {
    int server_version;  ///< first one that has the view
    std::string_view sql;
};
constexpr std::array kReports{
    Report{120000,
           "SELECT pid, command || ', ' || phase, CASE WHEN tuples_total > 0 THEN tuples_done ELSE "
           "blocks_done END, "
           "CASE WHEN tuples_total > 0 THEN tuples_total ELSE blocks_total END "
           "FROM pg_catalog.pg_stat_progress_create_index"},
    Report{120000,
           "SELECT pid, command || ', ' || phase, heap_blks_scanned, heap_blks_total "
           "FROM pg_catalog.pg_stat_progress_cluster"},
    Report{120000,
           "SELECT pid, 'VACUUM, ' || phase, CASE phase WHEN 'scanning heap' THEN heap_blks_scanned ELSE "
           "heap_blks_vacuumed END, heap_blks_total FROM pg_catalog.pg_stat_progress_vacuum"},
    Report{130000,
           "SELECT pid, 'ANALYZE, ' || phase, sample_blks_scanned, sample_blks_total "
           "FROM pg_catalog.pg_stat_progress_analyze"},
    Report{140000,
           "SELECT pid, command || ', ' || tuples_processed || ' rows', bytes_processed, bytes_total "
           "FROM pg_catalog.pg_stat_progress_copy"},
};

std::string reports_of(int server_version) {
    std::string all;
    for (const Report& report : kReports) {
        if (server_version < report.server_version) continue;
        if (!all.empty()) all += " UNION ALL ";
        all += report.sql;
    }
    return all;
}

std::string look_query(int pid, int server_version) {
    return fmt::format(
        "SELECT p.phase, p.done, p.total, (SELECT string_agg('pid ' || b.pid || coalesce(', user ' || "
        "b.usename, '') "
        "|| coalesce(', application ' || nullif(b.application_name, ''), '') || coalesce(', ' || b.state, "
        "'') || "
        "coalesce(' since ' || to_char(b.state_change AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), "
        "''), "
        "'; ') FROM pg_catalog.pg_stat_activity b WHERE b.pid = ANY (pg_catalog.pg_blocking_pids(a.pid))) "
        "FROM pg_catalog.pg_stat_activity a LEFT JOIN ({}) p (pid, phase, done, total) ON p.pid = a.pid "
        "WHERE a.pid = {} AND a.datname = current_database() AND a.state = 'active' LIMIT 1",
        reports_of(server_version), pid);
}

std::optional<double> number_at(const PGresult& result, int column) {
    const std::string_view text = PQgetvalue(&result, 0, column);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && !text.empty() ? std::optional(value) : std::nullopt;
}

StatementProgress read(const PGresult& result) {
    StatementProgress progress;
    progress.phase = PQgetvalue(&result, 0, 0);
    const auto done = number_at(result, 1);
    const auto total = number_at(result, 2);
    if (done && total && *total > 0) progress.percent = std::clamp(100.0 * *done / *total, 0.0, 100.0);
    progress.blocked_by = PQgetvalue(&result, 0, 3);
    return progress;
}

class Progress final : public Watcher {
  public:
    Progress(Target target, int pid) : target_(std::move(target)), pid_(pid) {}

    std::optional<StatementProgress> look() override {
        if (!connection_) open();
        const Result result = ask(look_query(pid_, PQserverVersion(connection_->handle())));
        if (PQntuples(result.get()) == 0) return std::nullopt;
        return read(*result);
    }

  private:
    void open() {
        auto opening = std::make_unique<Connection>(target_, std::vector<std::string>{}, Milliseconds(0));
        opening->open();
        connection_ = std::move(opening);
    }

    /// Not Connection::query(): that one waits as long as the server likes.
    Result ask(const std::string& sql) {
        try {
            if (PQsendQuery(connection_->handle(), sql.c_str()) != 1) throw connection_->lost_error();
            await(Deadline::in(kPatience));
            Result result(PQgetResult(connection_->handle()));
            if (!result || connection_->lost()) throw connection_->lost_error();
            if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR) throw connection_->error_of(*result);
            connection_->drain();
            return result;
        } catch (const Error&) {
            connection_.reset();
            throw;
        }
    }

    void await(const Deadline& deadline) {
        PGconn* const handle = connection_->handle();
        while (PQisBusy(handle) == 1) {
            pollfd wait{PQsocket(handle), POLLIN, 0};
            const auto left = deadline.remaining(kPatience);
            if (left.count() <= 0)
                fail(Errc::Connect, "the server does not answer who looks at its progress");
            const int ready = poll(&wait, 1, static_cast<int>(left.count()));
            if (ready > 0 && PQconsumeInput(handle) == 0) throw connection_->lost_error();
        }
    }

    Target target_;
    int pid_;
    std::unique_ptr<Connection> connection_;
};

}  // namespace

std::unique_ptr<Watcher> watch(Target target, int backend_pid) {
    std::erase_if(target.keywords, [](const auto& pair) { return pair.first == "connect_timeout"; });
    target.keywords.emplace_back("connect_timeout", std::to_string(kPatience.count() / 1000));
    target.statement_timeout = kPatience;
    target.lib_pq = false;
    return std::make_unique<Progress>(std::move(target), backend_pid);
}

}  // namespace godwit::postgresql
