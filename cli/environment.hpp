#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace godwit::cli {

/// Nullopt where the variable is not set.
inline std::optional<std::string> environment_variable(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
}

}  // namespace godwit::cli
