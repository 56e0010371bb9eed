#pragma once

#include <string>

#include "godwit/script.hpp"
#include "script/trouble.hpp"

namespace godwit::script {

/// Refuses what Script::parse takes from no encoding: UTF-16, NUL bytes, 4 GiB or more.
void require_text(const Origin& origin);

/// Script::parse for text that must be UTF-8: what is not is refused at its first wrong byte, as
/// Errc::Statement with file, line and column. In MySQL's dialect a string behind `_binary` may hold any
/// bytes: mysqldump writes BLOBs so.
Script parse_utf8(std::string text, const Dialect& dialect, std::string file);

}  // namespace godwit::script
