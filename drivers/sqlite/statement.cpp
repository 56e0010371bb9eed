#include "sqlite/statement.hpp"

#include "sqlite/errors.hpp"

namespace godwit::sqlite {
namespace {

struct Binder {
    sqlite3_stmt* statement;
    int index;

    int operator()(std::monostate) const { return sqlite3_bind_null(statement, index); }
    int operator()(std::int64_t value) const { return sqlite3_bind_int64(statement, index, value); }
    int operator()(double value) const { return sqlite3_bind_double(statement, index, value); }
    int operator()(const std::string& value) const { return text(value); }
    int operator()(Timestamp value) const { return text(sql::to_iso8601(value)); }
    int operator()(const sql::Raw&) const { return SQLITE_MISMATCH; }

    int text(std::string_view value) const {
        return sqlite3_bind_text64(statement, index, value.data(), value.size(), SQLITE_TRANSIENT,
                                   SQLITE_UTF8);
    }
};

}  // namespace

Prepared::Prepared(sqlite3* connection, const std::string& sql) : connection_(connection) {
    sqlite3_stmt* made = nullptr;
    check(sqlite3_prepare_v3(connection, sql.c_str(), static_cast<int>(sql.size() + 1),
                             SQLITE_PREPARE_PERSISTENT, &made, nullptr));
    statement_.reset(made);
}

Prepared& Prepared::bind(int index, const sql::Value& value) {
    check(std::visit(Binder{statement_.get(), index}, value));
    return *this;
}

Prepared& Prepared::bind_text(int index, std::string_view text) {
    check(Binder{statement_.get(), index}.text(text));
    return *this;
}

void Prepared::run() {
    while (next()) {
    }
}

bool Prepared::next() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        reset();
        return false;
    }
    const Error error = database_error(connection_, code);
    reset();
    throw error;
}

void Prepared::reset() noexcept {
    sqlite3_reset(statement_.get());
}

bool Prepared::is_null(int column) const {
    return type(column) == SQLITE_NULL;
}

std::int64_t Prepared::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Prepared::view(int column) const {
    const auto* const bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void Prepared::check(int code) const {
    if (code != SQLITE_OK) throw database_error(connection_, code);
}

}  // namespace godwit::sqlite
