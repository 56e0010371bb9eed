#include "text/redact_url.hpp"

#include <algorithm>
#include <array>

#include "godwit/ascii.hpp"
#include "godwit/url.hpp"

namespace godwit {
namespace {

constexpr std::string_view kMask = "***";

/// Key words that make a query value secret wherever they occur in the key.
constexpr std::array<std::string_view, 12> kSecretWords{
    "password", "passwd",     "passphrase", "pwd",        "secret",        "token",
    "api_key",  "access_key", "signature",  "credential", "authorization", "header"};
/// Keys that are secret as a whole ("sslkey" is a path and is none).
constexpr std::array<std::string_view, 5> kSecretKeys{"pw", "pass", "sig", "key", "auth"};

/// Lower case, one kind of word separator, percent-encoding undone: "X-Amz-Api%2DKey" is "x_amz_api_key".
std::string normal_key(std::string_view key) {
    std::string normal = percent_decode(key).value_or(std::string(key));
    for (char& c : normal)
        c = c == '-' ? '_' : ascii_lower(c);
    return normal;
}

bool is_secret_key(std::string_view key) {
    const std::string normal = normal_key(key);
    return std::find(kSecretKeys.begin(), kSecretKeys.end(), normal) != kSecretKeys.end() ||
           std::any_of(kSecretWords.begin(), kSecretWords.end(),
                       [&](std::string_view word) { return normal.find(word) != std::string::npos; });
}

bool is_key_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '%';
}

/// Whether a host, a list of them or `tcp(host:port)` can be written so.
bool may_be_a_host(std::string_view text) {
    const auto count = [&](char c) { return std::count(text.begin(), text.end(), c); };
    const bool usual = std::all_of(text.begin(), text.end(), [](char c) {
        return is_key_character(c) || std::string_view(":,[]()").find(c) != std::string_view::npos;
    });
    return usual && !text.ends_with(':') && count('[') == count(']') && count('(') == count(')') &&
           percent_decode(text);
}

/// Whether `text`, in front of a '?', can only be the beginning of user information that an '@' behind the
/// '?' ends: "//name:rest" where the rest is no port, and no password with a host behind it.
bool is_begun_user_info(std::string_view text) {
    if (text.substr(0, 2) != "//") return false;
    text = text.substr(2, text.find('/', 2) - 2);
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return false;
    const auto rest = text.substr(colon + 1);
    const auto at = rest.rfind('@');
    if (at != std::string_view::npos) return at == 0 || !may_be_a_host(rest.substr(at + 1));
    return !std::all_of(rest.begin(), rest.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Where the query begins: at the first '?' that a `key=` or no '@' follows. Passwords may hold a raw '?',
/// and their rest must not be taken for a query.
std::size_t query_begin(std::string_view text) {
    const auto last_at = text.rfind('@');
    for (auto at = text.find('?'); at != std::string_view::npos; at = text.find('?', at + 1)) {
        if (last_at == std::string_view::npos || at > last_at) return at;
        std::size_t end = at + 1;
        while (end < text.size() && is_key_character(text[end]))
            ++end;
        const bool key_follows = end > at + 1 && end < text.size() && text[end] == '=';
        if (key_follows && !is_begun_user_info(text.substr(0, at))) return at;
    }
    return text.size();
}

bool user_may_be_a_token(std::string_view scheme) noexcept {
    return scheme == "http" || scheme == "https";
}

/// `text` stands behind "//" and before the query.
std::string redact_user_info(std::string_view scheme, std::string_view text) {
    const auto at = text.rfind('@');
    if (at == std::string_view::npos || text.front() == '/') return std::string(text);
    const auto colon = text.find(':');
    if (colon < at) return std::string(text.substr(0, colon + 1)).append(kMask).append(text.substr(at));
    const bool in_authority = text.find('/') > at;
    if (!user_may_be_a_token(scheme) || !in_authority) return std::string(text);
    return std::string(kMask).append(text.substr(at));
}

std::string redact_query(std::string_view query) {
    std::string shown;
    while (!query.empty()) {
        const auto end = std::min(query.find_first_of("&;#", 1), query.size());
        const auto pair = query.substr(0, end);
        const auto equals = pair.find('=');
        query.remove_prefix(end);
        if (equals != std::string_view::npos && is_secret_key(pair.substr(1, equals - 1))) {
            shown.append(pair.substr(0, equals + 1)).append(kMask);
        } else {
            shown.append(pair);
        }
    }
    return shown;
}

}  // namespace

std::string redact_url(std::string_view scheme, std::string_view rest) {
    std::string shown(scheme);
    shown += ':';
    const auto query = query_begin(rest);
    auto place = rest.substr(0, query);
    if (place.substr(0, 2) == "//") {
        shown += "//";
        place.remove_prefix(2);
        if (!place.empty()) shown += redact_user_info(scheme, place);
    } else {
        shown += place;
    }
    return shown + redact_query(rest.substr(query));
}

}  // namespace godwit
