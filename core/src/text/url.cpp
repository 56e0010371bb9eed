#include "godwit/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "godwit/ascii.hpp"
#include "godwit/error.hpp"
#include "text/redact_url.hpp"

namespace godwit {
namespace {

bool is_lower(char c) noexcept {
    return c >= 'a' && c <= 'z';
}

bool is_scheme(std::string_view text) noexcept {
    if (text.empty() || !is_lower(text.front())) return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return is_lower(c) || (c >= '0' && c <= '9') || c == '+' || c == '.' || c == '-';
    });
}

constexpr std::string_view kIpv6Hint = "an IPv6 address is written [::1], a port behind it [::1]:5432";

/// What stands before the first of `stops`, cut off `rest`; the stop itself stays in `rest`.
std::string_view take_until(std::string_view& rest, std::string_view stops) noexcept {
    const auto part = rest.substr(0, rest.find_first_of(stops));
    rest.remove_prefix(part.size());
    return part;
}

/// Reads one URL. Messages name the part that is wrong, never its content where that may be a secret.
class PartsReader {
  public:
    PartsReader(std::string_view rest, const Url& url) : rest_(rest), url_(url) {}

    Url::Parts read() {
        if (rest_.substr(0, 2) == "//") read_authority();
        parts_.raw_path = take_until(rest_, "?#");
        parts_.path = decode(parts_.raw_path, "path");
        if (!rest_.empty() && rest_.front() == '?') read_query();
        if (!rest_.empty()) parts_.fragment = decode(rest_.substr(1), "fragment");
        return std::move(parts_);
    }

  private:
    void read_authority() {
        rest_.remove_prefix(2);
        parts_.has_authority = true;
        auto authority = take_until(rest_, "/?#");
        if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
            read_user(authority.substr(0, at));
            authority.remove_prefix(at + 1);
        }
        read_host(authority);
    }

    void read_user(std::string_view user_info) {
        const auto colon = user_info.find(':');
        parts_.user = decode(user_info.substr(0, colon), "user name");
        if (colon == std::string_view::npos) return;
        parts_.has_password = true;
        parts_.password = Secret(decode(user_info.substr(colon + 1), "password"));
    }

    void read_host(std::string_view text) {
        std::size_t host_end = text.find(':');
        if (!text.empty() && text.front() == '[') {
            const auto bracket = text.find(']');
            if (bracket == std::string_view::npos) bad("the IPv6 address has no closing ']'", kIpv6Hint);
            parts_.host = decode(text.substr(1, bracket - 1), "host");
            host_end = bracket + 1;
            if (host_end < text.size() && text[host_end] != ':')
                bad("text between ']' and the port", kIpv6Hint);
        } else {
            parts_.host = decode(text.substr(0, host_end), "host");
        }
        if (host_end < text.size()) read_port(text.substr(host_end + 1));
    }

    void read_port(std::string_view text) {
        if (text.empty()) return;
        // An '@' further on: what was taken for the port is part of a password with a raw '/', '?' or '#'.
        const bool in_password = rest_.find('@') != std::string_view::npos;
        unsigned port = 0;
        const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), port);
        const bool number = error == std::errc{} && stop == text.data() + text.size();
        if (number && port <= 65535) {
            parts_.port = port;
        } else if (in_password) {
            bad("the port is not a number",
                "write '/', '?', '#' and '@' of a password as %2F, %3F, %23 and %40");
        } else {
            bad(number ? fmt::format("port {} is above 65535", port)
                       : fmt::format("port '{}' is not a number", text),
                "a port is a number up to 65535, as in //host:5432/name");
        }
    }

    void read_query() {
        rest_.remove_prefix(1);
        auto query = take_until(rest_, "#");
        while (!query.empty()) {
            auto pair = take_until(query, "&");
            if (!query.empty()) query.remove_prefix(1);
            if (pair.empty()) continue;
            const auto key = take_until(pair, "=");
            if (!pair.empty()) pair.remove_prefix(1);
            const auto name = decode(key, "query");
            auto value = decode(pair, fmt::format("value of '{}'", name));
            parts_.query.emplace_back(name, std::move(value));
        }
    }

    std::string decode(std::string_view text, std::string_view part) const {
        auto decoded = percent_decode(text);
        if (!decoded)
            bad(fmt::format("bad percent-encoding in the {}", part),
                "a '%' that stands for itself is written %25");
        return *std::move(decoded);
    }

    [[noreturn]] void bad(std::string_view what, std::string_view hint) const {
        fail(Errc::Usage, fmt::format("{}: {}", url_.redacted(), what), std::string(hint));
    }

    std::string_view rest_;
    const Url& url_;
    Url::Parts parts_;
};

}  // namespace

std::optional<std::string> Url::Parts::param(std::string_view key) const {
    const auto found =
        std::find_if(query.begin(), query.end(), [&](const auto& p) { return p.first == key; });
    if (found == query.end()) return std::nullopt;
    return found->second;
}

Url Url::parse(std::string_view text, std::string_view option) {
    if (text.empty()) fail(Errc::Usage, fmt::format("{}: URL cannot be empty", option));
    const auto colon = text.find(':');
    std::string scheme = ascii_lower(text.substr(0, colon == std::string_view::npos ? 0 : colon));
    // The text is not shown: it may be a password that lost its URL.
    if (!is_scheme(scheme)) {
        fail(Errc::Usage, fmt::format("{}: no scheme", option),
             "a URL begins with a scheme, like postgres://, mysql://, sqlite:// or file://");
    }
    Url url;
    url.scheme_ = std::move(scheme);
    url.rest_ = Secret(std::string(text.substr(colon + 1)));
    url.raw_ = Secret(std::string(text));
    return url;
}

Url::Parts Url::parts() const {
    return PartsReader(rest_.reveal(), *this).read();
}

std::string Url::redacted() const {
    return redact_url(scheme_, rest_.reveal());
}

}  // namespace godwit
