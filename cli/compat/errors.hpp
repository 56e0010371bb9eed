#pragma once

#include <string>
#include <string_view>

#include "godwit/error.hpp"
#include "godwit/url.hpp"

namespace godwit::compat {

/// Which of golang-migrate's drivers a scheme stands for: their error texts differ.
enum class Family { Postgres, Pgx, MySql, Sqlite, Other };
Family family_of(std::string_view scheme);

/// What golang-migrate prints when a migration's body failed (facts/golang-migrate.md 5.1–5.4, 12.6, 12.8),
/// with its own way of counting line and column. `body` is the text that was sent.
std::string migration_failure(Family family, const ErrorInfo& error, std::string_view body);

/// What it prints when the database cannot be opened, behind "failed to open database: ".
std::string open_failure(Family family, const ErrorInfo& error, const Url& url);

}  // namespace godwit::compat
