#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "godwit/ledger.hpp"
#include "sql/table_name.hpp"
#include "sql/values.hpp"

/// The history with nothing but what tells whether anything is pending (Driver::glance()): of each row the
/// first two letters of its state, the first of its direction, and its version, as one text where rows
/// travel.
namespace godwit::sql {

/// The text of a row as an SQL expression.
std::string glance_expression(const Syntax& syntax);
/// SELECT of these texts, newest row first; the column has no name.
std::string glance_query(const TableName& version, const Syntax& syntax);

/// The same as three columns: where no row travels, and a made text costs more than it saves.
std::string glance_columns_query(const TableName& version, const Syntax& syntax);

/// Takes the texts of all rows, newest first, and keeps what counts: see Driver::applied().
class Glance {
  public:
    /// For so many rows.
    void reserve(std::size_t rows) { newest_first_.reserve(rows); }
    /// Throws Errc::Validation for a row that no godwit wrote.
    void add(std::string_view text);
    /// The same from the three columns, each of which may be cut to what glance_expression() takes of it.
    void add(std::string_view state, std::string_view direction, std::string_view version);
    /// In order of versions.
    [[nodiscard]] std::vector<AppliedVersion> applied() &&;

  private:
    /// There may be hundreds of thousands: no more than is read.
    struct Seen {
        Version version;
        HistoryState state;
        Direction direction;
    };
    std::vector<Seen> newest_first_;
};

}  // namespace godwit::sql
