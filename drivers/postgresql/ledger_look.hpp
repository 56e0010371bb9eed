#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "godwit/ledger.hpp"
#include "postgresql/errors.hpp"
#include "sql/history_table.hpp"
#include "sql/table_name.hpp"

/// The two ways to look at the ledger's tables, as texts and as readings of what the server gives for them.
namespace godwit::postgresql {

enum class Look : std::uint8_t {
    State,   ///< version, dirty, and the newest row of the history
    Glance,  ///< and of each version whether it is applied: Driver::glance()
    View,    ///< and all that the history says of each version: Driver::view()
};

/// Asks for the rows themselves: three statements, one for State, where nothing is wrong with the tables. The
/// server refuses the text where one of them is not there or lacks a column. A new session of the server
/// needs less than half the time that the careful look takes.
std::string quick_look(const sql::TableName& table, const sql::Syntax& syntax, Look what);
/// nullopt where the version table is not what it should be, which the careful look says better. `results`:
/// of quick_look(), those of statements before it left out. `first_counts`: of several versions, as in
/// golang-migrate.
std::optional<LedgerView> read_quick_look(std::span<const Result> results, Look what,
                                          const sql::TableName& table, bool first_counts);

/// One statement that looks at what is there first, and asks nothing of what is not.
/// Look::View is not for this one.
std::string careful_look(const sql::TableName& table, const sql::Syntax& syntax, Look what);

struct CarefulView {
    LedgerView view;
    std::vector<std::string_view> lacking;  ///< columns that the history has not yet: sql::Syntax::lacking
};
/// Throws Errc::Validation where a table has a foreign shape.
CarefulView read_careful_look(const PGresult& result, const sql::TableName& table, bool first_counts);

}  // namespace godwit::postgresql
