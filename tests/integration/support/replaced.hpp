#pragma once

#include <string>
#include <string_view>

namespace godwit::test {

/// `text` with `by` wherever `what` stood.
inline std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (std::size_t at = 0; !what.empty() && (at = text.find(what, at)) != std::string::npos;
         at += by.size())
        text.replace(at, what.size(), by);
    return text;
}

}  // namespace godwit::test
