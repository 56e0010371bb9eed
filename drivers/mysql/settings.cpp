#include "mysql/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mysql/text.hpp"
#include "sql/table_name.hpp"

namespace godwit::mysql {
namespace {

/// Change by themselves, or cannot be given back a value that was seen.
constexpr std::array<std::string_view, 15> kNotSettings{
    "timestamp",         "rand_seed1",          "rand_seed2",  "pseudo_thread_id",
    "pseudo_slave_mode", "pseudo_replica_mode", "error_count", "warning_count",
    "insert_id",         "last_insert_id",      "identity",    "in_transaction",
    "statement_id",      "gtid_executed",       "last_gtid"};

bool is_number(std::string_view text) {
    const std::size_t first = text.starts_with('-') ? 1 : 0;
    return text.size() > first && text.find_first_not_of("0123456789.", first) == std::string_view::npos &&
           std::ranges::count(text, '.') <= 1;
}

}  // namespace

Settings::Variables Settings::read() {
    Variables found;
    for (const sql::Row& row : connection_.query("SHOW SESSION VARIABLES"))
        found[row.at(0).value_or("")] = row.at(1).value_or("");
    return found;
}

void Settings::keep() {
    if (!kept_.empty()) return;
    kept_ = read();
    try {
        role_ = connection_.query_value("SELECT CURRENT_ROLE()");
    } catch (const Error&) {  // servers before roles: nothing to go back to
        if (connection_.lost()) throw;
    }
}

bool Settings::try_statement(const std::string& sql) {
    try {
        connection_.query(sql);
        return true;
    } catch (const Error&) {
        if (connection_.lost()) throw;
        return false;
    }
}

void Settings::drop_names(const SessionNames& names) {
    std::string variables;
    for (const std::string& name : names.variables)
        variables += fmt::format("{}{} = NULL", variables.empty() ? "SET " : ", ", name);
    if (!variables.empty()) try_statement(variables);
    for (const std::string& table : names.tables)
        try_statement("DROP TEMPORARY TABLE IF EXISTS " + table);
    for (const std::string& statement : names.statements)
        try_statement("DEALLOCATE PREPARE " + statement);  // refused where the script has done that itself
    if (!names.role) return;
    // MariaDB's function gives a bare name, MySQL's a quoted one; both "NONE" or NULL for none
    const bool none = role_.empty() || role_ == "NONE";
    try_statement("SET ROLE " + (none                          ? std::string("NONE")
                                 : connection_.facts().mariadb ? sql::backtick_quoted(role_)
                                                               : role_));
}

/// A variable of the whole server shows up here as well when a script has set it; the server refuses to set
/// it for the session, and that is how it keeps its value.
void Settings::set(const std::string& name, const std::string& value) {
    const std::string before = fmt::format("SET SESSION {} = ", sql::backtick_quoted(name));
    if (is_number(value) && try_statement(before + value)) return;
    if (try_statement(before + literal(value)) || !value.empty()) return;
    try_statement(before + "NULL");
}

void Settings::restore_variables() {
    const Variables now = read();
    for (const auto& [name, value] : kept_) {
        if (std::ranges::find(kNotSettings, name) != kNotSettings.end()) continue;
        const auto at = now.find(name);
        if (at != now.end() && at->second != value) set(name, value);
    }
    try_statement("SET SESSION timestamp = DEFAULT");
}

void Settings::restore(const SessionNames& names) {
    // in this order: names are read under the mode and in the database that the script left
    drop_names(names);
    const std::string database = connection_.query_value("SELECT DATABASE()");
    if (database != connection_.target().database)
        connection_.query("USE " + sql::backtick_quoted(connection_.target().database));
    restore_variables();
    connection_.run_setup();
}

}  // namespace godwit::mysql
