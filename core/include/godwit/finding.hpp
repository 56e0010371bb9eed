#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "godwit/api.hpp"

namespace godwit {

enum class Severity : std::uint8_t { Info, Warning, Error };

GODWIT_API std::string_view severity_name(Severity severity) noexcept;  ///< "info", "warning", "error"

/// Something about files or ledger a person should know: nothing is skipped silently
/// (architecture, promise 3). Codes are part of the interface and listed in docs/findings.md.
struct Finding {
    std::string code;  ///< e.g. "ignored-file", "duplicate-version", "missing-down", "out-of-order"
    Severity severity = Severity::Warning;
    std::string version;     ///< as written; "" where it is about none
    std::string file;        ///< path in the source; "" where it is about none
    std::string message;     ///< lower case, no full stop
    std::string hint;        ///< what to do; may be ""
    std::string detail{};    ///< several lines that show it, a unified diff; may be ""
    std::size_t line = 0;    ///< 1-based line of `file`; 0 where it is about no line
    std::size_t column = 0;  ///< 1-based, in characters; 0 where it is about no column
};

}  // namespace godwit
