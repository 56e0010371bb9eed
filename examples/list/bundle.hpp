#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace list {

/// Names and contents of the files of a bundle.
using Files = std::map<std::string, std::string>;

/// Reads the text of a bundle:
///
///     === 1_users.up.sql
///     CREATE TABLE users (id INTEGER PRIMARY KEY);
///     === 1_users.down.sql
///     DROP TABLE users;
///     === end
///
/// A file begins behind the line with its name and ends in front of the line break before the next "=== ".
/// The last line "=== end" tells a whole bundle from one that was cut short. Throws godwit::Error of kind
/// source with the line.
Files parse_bundle(std::string_view text, const std::string& name);

/// The other way round.
std::string write_bundle(const Files& files);

}  // namespace list
