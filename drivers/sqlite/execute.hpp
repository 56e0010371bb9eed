#pragma once

#include <chrono>
#include <cstdint>

#include "sqlite/session.hpp"
#include "sqlite/work.hpp"

namespace godwit::sqlite {

/// Runs statement `index` of a step, on SQLite's own interface, with what its directives ask for: limits,
/// skip-if, only, expect-rows. Throws Error with the place in the script.
std::chrono::microseconds execute_statement(Connection& connection, const Dialect& dialect, const Work& work,
                                            std::size_t index);
/// The same for who goes through the statements and has this one at hand.
std::chrono::microseconds execute_statement(Connection& connection, const Dialect& dialect, const Work& work,
                                            std::size_t index, const Statement& statement);

/// Whether the first value of a skip-if query is true. Throws what SQLite says.
bool is_true(Connection& connection, const std::string& query);

/// Limits of the step's own transaction: those of the whole script.
Limits limits_of(const Connection& connection, const Directives& directives, const Directives* own = nullptr);

}  // namespace godwit::sqlite
