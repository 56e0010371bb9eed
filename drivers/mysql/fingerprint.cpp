#include "mysql/fingerprint.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "godwit/ascii.hpp"
#include "mysql/apply.hpp"
#include "mysql/engines.hpp"
#include "mysql/text.hpp"

namespace godwit::mysql {
namespace {

constexpr std::string_view kVariable = "@godwit_fingerprint";

/// Major and minor version as one number: 10.6 is 1006.
int release_of(const Facts& facts) {
    int major = 0;
    int minor = 0;
    const char* const end = facts.version.data() + facts.version.size();
    const auto [stop, error] = std::from_chars(facts.version.data(), end, major);
    if (error == std::errc() && stop != end) std::from_chars(stop + 1, end, minor);
    return major * 1000 + minor;
}

/// Number and content of some rows of information_schema, whatever their order: no GROUP_CONCAT, which the
/// server cuts.
std::string rows_sql(std::string_view table, std::string_view columns, std::string_view where) {
    return fmt::format(
        "(SELECT CONCAT(COUNT(*), '.', HEX(BIT_XOR(CAST(CONV(LEFT(SHA2(JSON_ARRAY({}), 256), 16), 16, 10) AS "
        "UNSIGNED)))) FROM information_schema.{} WHERE {})",
        columns, table, where);
}

std::string schema_sql(const Touched& object) {
    return object.schema.empty() ? "DATABASE()" : literal(object.schema);
}

/// Everything of a table that a statement can change but AUTO_INCREMENT, which rows change as well.
std::string definition_sql(const Facts& facts, const Touched& object) {
    const bool mariadb = facts.mariadb;
    const std::string schema = schema_sql(object);
    const std::string name = literal(object.name);
    const std::string where = fmt::format("TABLE_SCHEMA = {} AND TABLE_NAME = {}", schema, name);
    const std::string of_constraint = fmt::format("CONSTRAINT_SCHEMA = {} AND ", schema);
    const std::string of_table = of_constraint + "TABLE_NAME = " + name;
    const std::string checks = mariadb ? of_table
                                       : of_constraint +
                                             "CONSTRAINT_NAME IN (SELECT CONSTRAINT_NAME FROM "
                                             "information_schema.TABLE_CONSTRAINTS WHERE " +
                                             where + " AND CONSTRAINT_TYPE = 'CHECK')";
    const bool ignored = mariadb && release_of(facts) >= 10006;
    const std::vector<std::string> parts{
        rows_sql("TABLES", "TABLE_TYPE, ENGINE, ROW_FORMAT, TABLE_COLLATION, CREATE_OPTIONS, TABLE_COMMENT",
                 where),
        rows_sql("COLUMNS",
                 std::string("ORDINAL_POSITION, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, "
                             "CHARACTER_SET_NAME, COLLATION_NAME, EXTRA, COLUMN_COMMENT, "
                             "GENERATION_EXPRESSION") +
                     (mariadb ? "" : ", SRS_ID"),
                 where),
        rows_sql(
            "STATISTICS",
            std::string("INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, NON_UNIQUE, COLLATION, SUB_PART, NULLABLE, "
                        "INDEX_TYPE, INDEX_COMMENT") +
                (!mariadb  ? ", IS_VISIBLE, EXPRESSION"
                 : ignored ? ", IGNORED"
                           : ""),
            where),
        rows_sql("TABLE_CONSTRAINTS",
                 std::string("CONSTRAINT_NAME, CONSTRAINT_TYPE") + (mariadb ? "" : ", ENFORCED"), where),
        rows_sql("KEY_COLUMN_USAGE",
                 "CONSTRAINT_NAME, ORDINAL_POSITION, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, "
                 "REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME",
                 where),
        rows_sql("REFERENTIAL_CONSTRAINTS", "CONSTRAINT_NAME, UPDATE_RULE, DELETE_RULE, MATCH_OPTION",
                 of_table),
        rows_sql("CHECK_CONSTRAINTS", "CONSTRAINT_NAME, CHECK_CLAUSE", checks),
        rows_sql(
            "PARTITIONS",
            "PARTITION_NAME, SUBPARTITION_NAME, PARTITION_ORDINAL_POSITION, "
            "SUBPARTITION_ORDINAL_POSITION, PARTITION_METHOD, SUBPARTITION_METHOD, PARTITION_EXPRESSION, "
            "SUBPARTITION_EXPRESSION, PARTITION_DESCRIPTION, PARTITION_COMMENT",
            where)};
    return fmt::format("LEFT(SHA2(CONCAT_WS('/', {}), 256), 16)", fmt::join(parts, ", "));
}

/// Table of information_schema, and the condition for this object.
std::pair<std::string_view, std::string> place_of(const Touched& object) {
    const std::string schema = schema_sql(object);
    const std::string name = literal(object.name);
    const auto routine = [&](std::string_view type) {
        return std::pair<std::string_view, std::string>(
            "ROUTINES", fmt::format("ROUTINE_SCHEMA = {} AND ROUTINE_NAME = {} AND ROUTINE_TYPE = '{}'",
                                    schema, name, type));
    };
    switch (object.kind) {
        case ObjectKind::Table:
            return {"TABLES", fmt::format("TABLE_SCHEMA = {} AND TABLE_NAME = {}", schema, name)};
        case ObjectKind::Trigger:
            return {"TRIGGERS",
                    fmt::format(
                        "TRIGGER_SCHEMA = {} AND TRIGGER_NAME = {}{}", schema, name,
                        object.table.empty() ? "" : " AND EVENT_OBJECT_TABLE = " + literal(object.table))};
        case ObjectKind::Procedure:
            return routine("PROCEDURE");
        case ObjectKind::Function:
            return routine("FUNCTION");
        case ObjectKind::Package:
            return routine("PACKAGE");
        case ObjectKind::PackageBody:
            return routine("PACKAGE BODY");
        case ObjectKind::Event:
            return {"EVENTS", fmt::format("EVENT_SCHEMA = {} AND EVENT_NAME = {}", schema, name)};
        case ObjectKind::Database:
            return {"SCHEMATA", "SCHEMA_NAME = " + name};
    }
    return {"TABLES", "1 = 0"};
}

std::string object_sql(const Facts& facts, const Touched& object) {
    const auto [table, where] = place_of(object);
    return fmt::format("IF((SELECT COUNT(*) FROM information_schema.{} WHERE {}) = 0, '-', {})", table, where,
                       object.definition ? definition_sql(facts, object) : std::string("'+'"));
}

std::vector<std::string_view> parts_of(std::string_view text) {
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        parts.push_back(text.substr(at, comma - at));
        at = comma + 1;
    }
    return parts;
}

EffectFound unknown(std::string_view why) {
    return {Effect::Unknown, std::string(why)};
}

/// A DROP of several objects may have come half the way.
EffectFound judge_drop(const std::vector<std::string_view>& before,
                       const std::vector<std::string_view>& now) {
    std::size_t there = 0;
    std::size_t gone = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (before[i] == "-") continue;
        ++there;
        if (now[i] == "-") ++gone;
    }
    if (gone == 0) return {Effect::None};
    if (gone == there) return {Effect::Taken};
    return unknown("some of what it drops is gone, and some is still there");
}

bool two_alike(std::vector<std::string_view> parts) {
    std::erase(parts, "-");
    std::ranges::sort(parts);
    return std::ranges::adjacent_find(parts) != parts.end();
}

/// The statements that share a transaction with statement `first`, and the text of them all.
std::string_view group_text(const Script& script, std::size_t first) {
    const auto& statements = script.statements();
    std::size_t last = first;
    while (last + 1 < statements.size() && (statements[first].kind == StatementKind::Transaction
                                                ? !statements[last].implicit_commit || last == first
                                                : fits_transaction(script, statements[last + 1])))
        ++last;
    return std::string_view(script.text())
        .substr(statements[first].begin, statements[last].end - statements[first].begin);
}

/// Whole names, of the session's database or with their own before them.
bool names_untransactional(Connection& connection, std::string_view text) {
    return std::ranges::any_of(untransactional_tables(connection), [&](const sql::Row& row) {
        const bool here = row.at(2) == "1" || mentions(text, ascii_lower(row.at(1).value_or("")));
        return here && mentions(text, ascii_lower(row.at(0).value_or("")));
    });
}

EffectFound without_trace(Connection& connection, const Script& script, std::size_t statement) {
    if (script.statements()[statement].kind != StatementKind::Session &&
        names_untransactional(connection, group_text(script, statement)))
        return unknown("it may have changed a table whose engine knows no transactions");
    return {Effect::None};
}

EffectFound ask_server(Connection& connection, const Footprint& footprint, const HistoryRow& row) {
    const std::string number = fmt::format("{}:", row.statements_done + 1);
    if (!row.fingerprint.starts_with(number))
        return unknown("the history has no note of what it found when it began");
    return compare_fingerprints(
        footprint, std::string_view(row.fingerprint).substr(number.size()),
        connection.query_value("SELECT " + fingerprint_sql(connection.facts(), footprint.objects)));
}

}  // namespace

std::string fingerprint_sql(const Facts& facts, const std::vector<Touched>& objects) {
    std::vector<std::string> parts;
    std::ranges::transform(objects, std::back_inserter(parts),
                           [&](const Touched& object) { return object_sql(facts, object); });
    return fmt::format("CONCAT_WS(',', {})", fmt::join(parts, ", "));
}

Mark mark_of(const Facts& facts, const Script& script, std::size_t next) {
    if (next >= script.statements().size()) return {};
    const Footprint footprint = footprint_of(script, next);
    if (footprint.trace == Trace::Hidden) return {{}, fmt::format("{}:?", next + 1)};
    if (footprint.trace != Trace::Seen) return {};
    return {{fmt::format("SET {} = CONCAT('{}:', {})", kVariable, next + 1,
                         fingerprint_sql(facts, footprint.objects))},
            sql::Raw{std::string(kVariable)}};
}

EffectFound compare_fingerprints(const Footprint& footprint, std::string_view before, std::string_view now) {
    const auto was = parts_of(before);
    const auto is = parts_of(now);
    if (was.size() != footprint.objects.size() || is.size() != was.size())
        return unknown("the note of what it found when it began is about another statement");
    if (footprint.drops) return judge_drop(was, is);
    if (was != is) return {Effect::Taken};
    if (footprint.exchanges && two_alike(is)) return unknown("the tables it renames look alike");
    if (footprint.fills && is.front() == "+")
        return unknown("the table was there before, and whether its rows were is not known");
    return {Effect::None};
}

EffectFound find_effect(Connection& connection, const HistoryRow& row, const Script& script) {
    const std::size_t statement = row.statements_done;
    const auto& statements = script.statements();
    const Footprint footprint = footprint_of(script, statement);
    if (row.state == HistoryState::Failed) return unknown("it did something before it failed");
    if (footprint.trace == Trace::Hidden) return unknown(footprint.why);
    if (footprint.trace == Trace::Transaction) return without_trace(connection, script, statement);
    EffectFound found{Effect::None};
    if (footprint.trace == Trace::Seen) found = ask_server(connection, footprint, row);
    const bool asked = statement + 1 < statements.size() && looks_back(script.sql(statements[statement + 1]));
    const bool maybe = footprint.trace == Trace::Repeatable || found.effect == Effect::Taken;
    if (asked && maybe)
        return unknown("the statement behind it looks back at it, so that no note stands between the two");
    return found;
}

}  // namespace godwit::mysql
