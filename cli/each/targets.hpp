#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "godwit/driver.hpp"
#include "godwit/url.hpp"

namespace godwit::cli {

/// One of the databases that --each names.
struct Target {
    std::string name;        ///< as listed, a URL without its secrets
    std::optional<Url> url;  ///< none: in the database of --database, or beside it
    std::string database;    ///< `/name`: this database of the same server
    std::string schema;      ///< `name`: this schema of the same database
    std::string place;       ///< where it is listed, for messages: "tenants.txt:3"
};

/// A list with a target a line: a URL, a schema's name, or a database's name behind a '/'. Blank lines and
/// what follows a '#' at the begin of a line or behind a blank are left out. `from` names the list. Throws
/// Errc::Usage, naming the line, for what is none of these and for what is listed twice.
std::vector<Target> parse_targets(std::string_view text, const std::string& from);

/// The same from the rows of a query, which must have one column and no NULL in it.
std::vector<Target> targets_of_rows(const std::vector<std::vector<std::optional<std::string>>>& rows);

/// Whether the value of --each is a query, not a file's name.
bool is_query(std::string_view text);

}  // namespace godwit::cli
