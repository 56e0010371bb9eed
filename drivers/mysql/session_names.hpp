#pragma once

#include <set>
#include <string>

#include "godwit/script.hpp"

namespace godwit::mysql {

/// What the statements of a script may leave in the session under a name; as SQL writes the names.
struct SessionNames {
    std::set<std::string> variables;   ///< @x, @`x y`
    std::set<std::string> tables;      ///< of CREATE TEMPORARY TABLE, with their schema where one is written
    std::set<std::string> statements;  ///< of PREPARE
    bool role = false;                 ///< SET ROLE

    void add(std::string_view sql);
};

/// Reads every statement; linear in the text.
SessionNames session_names(const Script& script);

}  // namespace godwit::mysql
