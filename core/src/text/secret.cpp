#include "godwit/secret.hpp"

namespace godwit {

std::string redact(std::string text, const Secret& secret) {
    constexpr std::size_t kShortest = 3;
    constexpr std::string_view kMask = "***";
    const std::string& hidden = secret.reveal();
    if (hidden.size() < kShortest) return text;
    for (auto at = text.find(hidden); at != std::string::npos; at = text.find(hidden, at + kMask.size())) {
        text.replace(at, hidden.size(), kMask);
    }
    return text;
}

}  // namespace godwit
