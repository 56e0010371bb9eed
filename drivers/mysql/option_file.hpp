#pragma once

#include <map>
#include <string>
#include <string_view>

namespace godwit::mysql {

/// Keys and values of the group [client] of an option file (~/.my.cnf) as MySQL's programs read it: quotes,
/// escapes, comments; a later line wins; '_' in a key counts as '-'. Other groups and !include lines are left
/// alone.
std::map<std::string, std::string, std::less<>> client_options(std::string_view text);

}  // namespace godwit::mysql
