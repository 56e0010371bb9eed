#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "godwit/script.hpp"

namespace godwit::mysql {

/// What a script that goes on in a new session needs of what its statements before that did to the old one.
struct SessionWork {
    std::vector<std::size_t> again;  ///< statements to be run again, in order: SET, USE, PREPARE, LOCK TABLES
    std::optional<std::size_t> lost;  ///< the first one that can not: temporary tables, values read from rows
};

/// Of statements [0, resume_at); what nothing behind them uses is left out.
SessionWork session_work(const Script& script, std::size_t resume_at);

}  // namespace godwit::mysql
