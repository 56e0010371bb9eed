#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "godwit/error.hpp"

namespace godwit::fuzz {

/// What a target promises of every input; a broken promise is a crash for libFuzzer.
inline void require(bool holds, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    if (holds) return;
    std::cerr << file << ":" << line << ": a promise is broken\n";
    std::abort();
}

inline std::string text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// Runs `body`; true where it went through, false for a godwit::Error of that kind with a message. Anything
/// else that is thrown ends the program.
template <class Body>
bool goes_through(Errc expected, const Body& body) {
    try {
        body();
        return true;
    } catch (const Error& error) {
        require(error.code() == expected && !error.info().message.empty());
        return false;
    }
}

/// The input cut at each `mark`, at most `most` parts; the last takes the rest.
inline std::vector<std::string> parts_of(std::string_view text, char mark, std::size_t most) {
    std::vector<std::string> parts;
    while (parts.size() + 1 < most) {
        const auto end = text.find(mark);
        if (end == std::string_view::npos) break;
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    parts.emplace_back(text);
    return parts;
}

/// Whether a message shows a secret. One that is part of what the message says anyway cannot be told.
inline bool shows(std::string_view message, std::string_view secret, std::string_view harmless) {
    constexpr std::size_t kShortest = 5;
    return secret.size() >= kShortest && harmless.find(secret) == std::string_view::npos &&
           message.find(secret) != std::string_view::npos;
}

}  // namespace godwit::fuzz
