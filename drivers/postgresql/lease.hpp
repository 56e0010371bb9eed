#pragma once

#include <memory>
#include <optional>
#include <string>

#include "godwit/driver.hpp"
#include "postgresql/session.hpp"
#include "sql/table_name.hpp"

namespace godwit::postgresql {

/// SQLSTATE of the fence, see Connection::set_fence().
constexpr std::string_view kDivisionByZero = "22012";

/// The row of a lock table that is the migration lock where sessions change with every transaction. A row of
/// ours has an owner and a lease, which a second connection goes on renewing. It is taken over only when the
/// lease has run out, no transaction of the owner is open (each of them locks the row) and no session that
/// goes by the owner's name works. Rows of golang-migrate have none of that and are left alone.
struct LeaseTable {
    std::string name;  ///< as SQL
    std::uint32_t key = 0;
    Milliseconds lease{0};

    [[nodiscard]] std::string where() const;
};
LeaseTable lease_table(const Connection& connection, const sql::TableName& version_table);

/// Throws Errc::Locked when the deadline passes. Destroying it gives the row back.
std::unique_ptr<Lock> take_lease(std::shared_ptr<Connection> connection, const LeaseTable& table,
                                 const std::string& application, const Deadline& deadline,
                                 const LockWaiting& waiting,
                                 const std::function<std::string()>& other_holder);

/// Who has the row, in words, where its lease has not run out; "" where it is free. Asks nothing of a table
/// that is not there.
std::string lease_holder(Connection& connection, const LeaseTable& table);

/// Whether the table is there and rows of ours fit into it.
bool has_lease_columns(Connection& connection, const LeaseTable& table);

/// Errc::Locked: somebody has taken the row over.
Error lost_lease();

}  // namespace godwit::postgresql
