#pragma once

#include <string_view>
#include <vector>

namespace godwit::cli {

/// The words of `text` between single `separator`s; none for an empty text.
inline std::vector<std::string_view> split_words(std::string_view text, char separator = ' ') {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto end = text.find(separator);
        words.push_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return words;
}

}  // namespace godwit::cli
