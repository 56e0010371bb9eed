#include "mysql/progress.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "mysql/session.hpp"

namespace godwit::mysql {
namespace {

/// Whoever watches must not make the run that it watches wait: neither for a server that hangs nor for a
/// network.
constexpr Milliseconds kPatience{2'000};

std::string text_at(const sql::Row& row, std::size_t column) {
    return row.at(column).value_or("");
}

double number_at(const sql::Row& row, std::size_t column) {
    const std::string text = text_at(row, column);
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

class Progress final : public Watcher {
  public:
    Progress(Target target, std::uint64_t id) : target_(std::move(target)), id_(id) {}

    std::optional<StatementProgress> look() override {
        if (!connection_) open();
        try {
            return connection_->facts().mariadb ? mariadb() : mysql();
        } catch (const Error&) {
            connection_.reset();
            throw;
        }
    }

  private:
    void open() {
        auto opening = std::make_unique<Connection>(target_, std::vector<std::string>{}, Milliseconds(0));
        opening->open();
        connection_ = std::move(opening);
    }

    std::optional<StatementProgress> mariadb() {
        const auto rows = connection_->query(fmt::format(
            "SELECT COALESCE(STATE, ''), STAGE, MAX_STAGE, PROGRESS FROM information_schema.PROCESSLIST "
            "WHERE ID = {} AND COMMAND <> 'Sleep'",
            id_));
        if (rows.empty()) return std::nullopt;
        const sql::Row& row = rows.front();
        StatementProgress progress;
        progress.phase = text_at(row, 0);
        if (number_at(row, 2) > 0) progress.percent = std::clamp(number_at(row, 3), 0.0, 100.0);
        if (number_at(row, 2) > 1)
            progress.phase += fmt::format(", stage {} of {}", text_at(row, 1), text_at(row, 2));
        progress.blocked_by = blocked(progress.phase, mariadb_blockers(progress.phase));
        return progress;
    }

    std::optional<StatementProgress> mysql() {
        const auto rows = connection_->query(fmt::format(
            "SELECT COALESCE(STATE, '') FROM information_schema.PROCESSLIST WHERE ID = {} AND COMMAND <> "
            "'Sleep'",
            id_));
        if (rows.empty()) return std::nullopt;
        StatementProgress progress;
        progress.phase = text_at(rows.front(), 0);
        add_stage(progress);
        progress.blocked_by = blocked(progress.phase, mysql_blockers());
        return progress;
    }

    /// Told where somebody has turned the consumer events_stages_current on.
    void add_stage(StatementProgress& progress) {
        const auto rows = seen(fmt::format(
            "SELECT s.EVENT_NAME, s.WORK_COMPLETED, s.WORK_ESTIMATED FROM "
            "performance_schema.events_stages_current s JOIN performance_schema.threads t USING (THREAD_ID) "
            "WHERE t.PROCESSLIST_ID = {} AND s.WORK_ESTIMATED > 0 LIMIT 1",
            id_));
        if (rows.empty()) return;
        const std::string name = text_at(rows.front(), 0);
        progress.phase = name.substr(name.rfind('/') + 1);
        progress.percent =
            std::clamp(100 * number_at(rows.front(), 1) / number_at(rows.front(), 2), 0.0, 100.0);
    }

    /// Rows of what not every account may see and not every server has; none where it is so.
    std::vector<sql::Row> seen(const std::string& sql) {
        try {
            return connection_->query(sql);
        } catch (const Error&) {
            if (connection_->lost()) throw;
            return {};
        }
    }

    std::vector<sql::Row> mysql_blockers() {
        auto rows = seen(
            fmt::format("SELECT DISTINCT blocking_pid FROM sys.schema_table_lock_waits WHERE waiting_pid = "
                        "{0} AND blocking_pid <> {0}",
                        id_));
        if (!rows.empty()) return rows;
        return seen(fmt::format(
            "SELECT DISTINCT blocking_pid FROM sys.innodb_lock_waits WHERE waiting_pid = {}", id_));
    }

    std::vector<sql::Row> mariadb_blockers(std::string_view state) {
        auto rows = seen(fmt::format(
            "SELECT DISTINCT b.trx_mysql_thread_id FROM information_schema.INNODB_LOCK_WAITS w JOIN "
            "information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id JOIN "
            "information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id WHERE "
            "r.trx_mysql_thread_id = {}",
            id_));
        // who holds a metadata lock is told by a plugin that few servers have: any open transaction
        // may, most likely one in the same database
        if (rows.empty() && state.find("metadata lock") != std::string_view::npos)
            rows =
                seen(fmt::format("SELECT t.trx_mysql_thread_id FROM information_schema.INNODB_TRX t JOIN "
                                 "information_schema.PROCESSLIST p "
                                 "ON p.ID = t.trx_mysql_thread_id, (SELECT DB FROM "
                                 "information_schema.PROCESSLIST WHERE ID = {0}) own "
                                 "WHERE t.trx_mysql_thread_id NOT IN (0, {0}) ORDER BY p.DB <=> own.DB DESC, "
                                 "t.trx_started LIMIT 5",
                                 id_));
        return rows;
    }

    std::string blocked(std::string_view state, const std::vector<sql::Row>& ids) {
        const bool waits = state.starts_with("Waiting for") && state.find("lock") != std::string_view::npos;
        std::vector<std::string> holders;
        holders.reserve(ids.size());
        for (const sql::Row& row : ids)
            holders.push_back(described(text_at(row, 0)));
        if (!holders.empty()) return fmt::format("{}", fmt::join(holders, "; "));
        return waits ? "a session that this account cannot see" : "";
    }

    std::string described(const std::string& id) {
        const auto rows = seen(fmt::format(
            "SELECT USER, HOST, COMMAND, TIME FROM information_schema.PROCESSLIST WHERE ID = {}", id));
        if (rows.empty()) return "connection id " + id;
        const sql::Row& row = rows.front();
        return fmt::format("connection id {}, user {}, host {}, {} for {} s", id, text_at(row, 0),
                           text_at(row, 1), text_at(row, 2), text_at(row, 3));
    }

    Target target_;
    std::uint64_t id_;
    std::unique_ptr<Connection> connection_;
};

}  // namespace

std::unique_ptr<Watcher> watch(Target target, std::uint64_t connection_id) {
    target.database.clear();
    target.variables.clear();
    target.connect_timeout = target.read_timeout = target.write_timeout = kPatience;
    target.statement_timeout = kPatience;
    return std::make_unique<Progress>(std::move(target), connection_id);
}

}  // namespace godwit::mysql
