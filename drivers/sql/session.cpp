#include "sql/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "sql/history_table.hpp"

namespace godwit::sql {
namespace {

/// soci::row would give each column a type of the backend's choice; asking for text makes the three alike.
Row take_row(const soci::row& row) {
    Row out;
    out.reserve(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (row.get_indicator(i) == soci::i_null) {
            out.emplace_back();
            continue;
        }
        switch (row.get_properties(i).get_data_type()) {
            case soci::dt_string:
            case soci::dt_xml:
                out.emplace_back(row.get<std::string>(i));
                break;
            case soci::dt_double:
                out.emplace_back(fmt::format("{}", row.get<double>(i)));
                break;
            case soci::dt_integer:
                out.emplace_back(std::to_string(row.get<int>(i)));
                break;
            case soci::dt_long_long:
                out.emplace_back(std::to_string(row.get<long long>(i)));
                break;
            case soci::dt_unsigned_long_long:
                out.emplace_back(std::to_string(row.get<unsigned long long>(i)));
                break;
            default:
                fail(Errc::Internal, fmt::format("column '{}' has a type that the ledger never uses",
                                                 row.get_properties(i).get_name()));
        }
    }
    return out;
}

[[noreturn]] void not_ours(std::string_view column, std::string_view text) {
    fail(Errc::Validation,
         fmt::format("the history table holds '{}' in column {}: no godwit wrote that", text, column),
         "a newer godwit may have; otherwise rename the history table: then the version table alone counts");
}

template <typename Number>
Number number_of(std::string_view column, std::string_view text) {
    Number value{};
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || stop != text.data() + text.size()) not_ours(column, text);
    return value;
}

/// Columns of history_select_list() by name.
class Reader {
  public:
    explicit Reader(const Row& row) : row_(row) {}

    [[nodiscard]] std::string text(std::string_view column) const { return at(column).value_or(""); }
    [[nodiscard]] const std::optional<std::string>& at(std::string_view column) const {
        const auto found = std::ranges::find(kHistoryColumns, column);
        return row_.at(static_cast<std::size_t>(found - kHistoryColumns.begin()));
    }
    template <typename Number>
    [[nodiscard]] Number number(std::string_view column) const {
        return number_of<Number>(column, text(column));
    }

  private:
    const Row& row_;
};

Direction parse_direction(std::string_view word) {
    if (word == "up") return Direction::Up;
    if (word == "down") return Direction::Down;
    not_ours("direction", word);
}

AppliedVersion applied_of(const HistoryRow& row) {
    auto version = Version::parse(row.version);
    if (!version) not_ours("version", row.version);
    return applied_version(row, *std::move(version));
}

std::string history_table(const TableName& version, const Syntax& syntax) {
    return qualified(version.history(), syntax.identifier);
}

/// A table of an older layout has nothing of it.
bool lacks(const Syntax& syntax, std::string_view column) {
    return std::ranges::find(syntax.lacking, column) != syntax.lacking.end();
}

Query by(Session& session) {
    return [&session](const std::string& sql) { return session.query(sql); };
}

}  // namespace

Session::Session(Translate translate) : translate_(std::move(translate)) {}

void Session::open(const soci::backend_factory& backend, const std::string& connection_string,
                   const Translate& opening) {
    try {
        session_.open(backend, connection_string);
        open_ = true;
    } catch (const soci::soci_error& error) {
        throw opening ? opening(error) : translate_(error);
    }
}

void Session::close() noexcept {
    if (!std::exchange(open_, false)) return;
    try {
        session_.close();
    } catch (const std::exception&) {  // nothing is left to be done for a session that cannot say goodbye
        open_ = false;
    }
}

std::vector<Row> Session::query(const std::string& sql, std::span<const std::string> binds) {
    try {
        std::vector<Row> rows;
        soci::row row;
        soci::statement statement(session_);
        for (const std::string& bind : binds)
            statement.exchange(soci::use(bind));
        statement.exchange(soci::into(row));
        statement.alloc();
        statement.prepare(sql, soci::details::st_one_time_query);
        statement.define_and_bind();
        statement.execute(false);
        while (statement.fetch())
            rows.push_back(take_row(row));
        return rows;
    } catch (const soci::soci_error& error) {
        throw translate_(error);
    }
}

std::optional<Row> Session::query_row(const std::string& sql, std::span<const std::string> binds) {
    auto rows = query(sql, binds);
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

void Session::execute(const std::string& sql, std::span<const std::string> binds) {
    try {
        soci::statement statement(session_);
        for (const std::string& bind : binds)
            statement.exchange(soci::use(bind));
        statement.alloc();
        statement.prepare(sql, soci::details::st_one_time_query);
        statement.define_and_bind();
        statement.execute(true);
    } catch (const soci::soci_error& error) {
        throw translate_(error);
    }
}

std::vector<HistoryRow> read_history(Session& session, const TableName& version, const Syntax& syntax,
                                     std::size_t limit) {
    return read_history(by(session), version, syntax, limit);
}

std::vector<HistoryRow> read_history(const Query& query, const TableName& version, const Syntax& syntax,
                                     std::size_t limit) {
    // "id" alone would be the text of the list, where 10 comes before 9
    const auto rows = query(fmt::format("SELECT {} FROM {} h ORDER BY h.id DESC{}",
                                        history_select_list(syntax), history_table(version, syntax),
                                        limit == 0 ? std::string() : fmt::format(" LIMIT {}", limit)));
    std::vector<HistoryRow> out;
    out.reserve(rows.size());
    std::ranges::transform(rows, std::back_inserter(out), read_history_row);
    return out;
}

std::vector<AppliedVersion> read_applied(Session& session, const TableName& version, const Syntax& syntax) {
    return read_applied(by(session), version, syntax);
}

std::vector<AppliedVersion> read_applied(const Query& query, const TableName& version, const Syntax& syntax) {
    return read_applied(query(applied_query(version, syntax)));
}

std::string applied_query(const TableName& version, const Syntax& syntax) {
    const std::string table = history_table(version, syntax);
    return fmt::format(
        "SELECT {} FROM {} WHERE id IN (SELECT MAX(id) FROM {} WHERE version <> '' GROUP BY version)",
        history_select_list(syntax), table, table);
}

std::vector<AppliedVersion> read_applied(std::span<const Row> rows) {
    std::vector<AppliedVersion> out;
    for (const Row& row : rows) {
        const HistoryRow read = read_history_row(row);
        if (counts_as_applied(read.state)) out.push_back(applied_of(read));
    }
    std::ranges::sort(out, {}, &AppliedVersion::version);
    return out;
}

std::optional<std::string> read_stored_script(Session& session, const TableName& version_table,
                                              const Syntax& syntax, const Version& version,
                                              std::string_view column) {
    if (lacks(syntax, column)) return std::nullopt;
    const std::string bound = version.canonical();
    const auto row = session.query_row(
        fmt::format("SELECT {} FROM {} WHERE version = :version AND direction = 'up' AND state = "
                    "'applied' ORDER BY id DESC LIMIT 1",
                    column, history_table(version_table, syntax)),
        std::span(&bound, 1));
    return row ? row->at(0) : std::nullopt;
}

std::optional<std::string> read_stored_script(const Query& query, const TableName& version_table,
                                              const Syntax& syntax, const Version& version,
                                              std::string_view column) {
    if (lacks(syntax, column)) return std::nullopt;
    const auto rows =
        query(fmt::format("SELECT {} FROM {} WHERE version = {} AND direction = 'up' AND state = 'applied' "
                          "ORDER BY id DESC LIMIT 1",
                          column, history_table(version_table, syntax), syntax.literal(version.canonical())));
    return rows.empty() ? std::nullopt : rows.front().at(0);
}

std::vector<std::optional<std::string>> read_stored_down_scripts(Session& session,
                                                                 const TableName& version_table,
                                                                 const Syntax& syntax,
                                                                 std::span<const Version> versions) {
    return read_stored_down_scripts(by(session), version_table, syntax, versions);
}

std::vector<std::optional<std::string>> read_stored_down_scripts(const Query& query,
                                                                 const TableName& version_table,
                                                                 const Syntax& syntax,
                                                                 std::span<const Version> versions) {
    std::vector<std::optional<std::string>> scripts(versions.size());
    if (versions.empty()) return scripts;
    std::map<std::string, std::size_t> places;
    std::string list;
    for (std::size_t i = 0; i < versions.size(); ++i) {
        const std::string version = versions[i].canonical();
        places.emplace(version, i);
        list.append(list.empty() ? "" : ", ").append(syntax.literal(version));
    }
    const auto rows = query(fmt::format(
        "SELECT version, down_script FROM {0} WHERE id IN (SELECT MAX(id) FROM {0} WHERE direction = 'up' "
        "AND state = 'applied' AND version IN ({1}) GROUP BY version)",
        history_table(version_table, syntax), list));
    for (const Row& row : rows) {
        const auto place = places.find(row.at(0).value_or(""));
        if (place != places.end()) scripts[place->second] = row.at(1);
    }
    return scripts;
}

HistoryRow read_history_row(const Row& row) {
    const Reader read(row);
    HistoryRow out;
    out.id = read.number<std::int64_t>("id");
    out.version = read.text("version");
    out.name = read.text("name");
    out.direction = parse_direction(read.text("direction"));
    out.kind = read.text("kind");
    const auto state = parse_history_state(read.text("state"));
    if (!state) not_ours("state", read.text("state"));
    out.state = *state;
    out.checksum = read.text("checksum");
    out.token_checksum = read.text("token_checksum");
    out.statements_done = read.number<std::size_t>("statements_done");
    out.statements_total = read.number<std::size_t>("statements_total");
    const auto started = parse_timestamp(read.text("started_at"));
    if (!started) not_ours("started_at", read.text("started_at"));
    out.started_at = *started;
    out.duration_ms = read.number<double>("duration_ms");
    out.db_user = read.text("db_user");
    out.os_user = read.text("os_user");
    out.host = read.text("host");
    out.tool_version = read.text("tool_version");
    out.run_id = read.text("run_id");
    out.error = read.text("error");
    out.down_script = read.text("down_script");
    out.version_after = read.text("version_after");
    out.statement_hashes = read.text("statement_hashes");
    out.fingerprint = read.text("fingerprint");
    out.has_down_script = row.at(kHistoryColumns.size() - 1) == "1";
    return out;
}

}  // namespace godwit::sql
