#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace godwit::script {

/// A script as errors name it.
struct Origin {
    std::string_view text;
    std::string_view file;
};

/// Throws Errc::Statement with file, line, column and excerpt of `offset`.
[[noreturn]] void refuse(const Origin& origin, std::size_t offset, std::string message,
                         std::string hint = {});

}  // namespace godwit::script
