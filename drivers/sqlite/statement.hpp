#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sql/values.hpp"

namespace godwit::sqlite {

struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, Finalize>;

/// A statement of ours, prepared once and run as often as needed. Throws what database_error() makes of a
/// failure. Must go before its connection.
class Prepared {
  public:
    Prepared(sqlite3* connection, const std::string& sql);

    Prepared& bind(int index, const sql::Value& value);
    Prepared& bind_text(int index, std::string_view text);
    /// Runs to the end and makes it ready for the next time.
    void run();
    /// The next row; false at the end, then it is ready for the next time.
    bool next();
    /// Gives up the rows that are left.
    void reset() noexcept;

    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] int type(int column) const { return sqlite3_column_type(statement_.get(), column); }
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const { return sqlite3_column_double(statement_.get(), column); }
    /// All bytes, NUL bytes included.
    [[nodiscard]] std::string text(int column) const { return std::string(view(column)); }
    /// The same without a copy, valid until the next row.
    [[nodiscard]] std::string_view view(int column) const;
    [[nodiscard]] int columns() const { return sqlite3_column_count(statement_.get()); }

  private:
    void check(int code) const;

    sqlite3* connection_;
    StatementHandle statement_;
};

}  // namespace godwit::sqlite
