#include "http/address.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "godwit/ascii.hpp"
#include "godwit/error.hpp"
#include "godwit/url.hpp"

namespace godwit::http {
namespace {

unsigned default_port(std::string_view scheme) {
    return scheme == "https" ? 443 : 80;
}

std::string query_of(std::string_view text) {
    const auto begin = text.find('?');
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find('#', begin) - begin));
}

/// Encoded characters are decoded in a host: one that ends it, or begins another part, would make the address
/// that is sent another one than the one that was checked.
bool is_host(std::string_view host) {
    const bool v6 = host.find(':') != std::string_view::npos;
    const std::string_view never = v6 ? " /?#@\\[]<>\"^`{|}" : " /?#@\\[]<>\"^`{|}%";
    return !host.empty() && host.find_first_of(never) == std::string_view::npos &&
           std::ranges::none_of(host,
                                [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

std::string Address::origin() const {
    const bool v6 = host.find(':') != std::string::npos;
    const std::string place = v6 ? fmt::format("[{}]", host) : host;
    return port == default_port(scheme) ? fmt::format("{}://{}", scheme, place)
                                        : fmt::format("{}://{}:{}", scheme, place, port);
}

Secret Address::text() const {
    return Secret(origin() + path + query.reveal());
}

std::string Address::shown() const {
    return origin() + path;
}

Address Address::child(std::string_view name) const {
    Address made = *this;
    made.path = path.substr(0, path.rfind('/') + 1) + percent_encode(name);
    return made;
}

std::optional<Address> parse_address(std::string_view text) {
    try {
        const Url url = Url::parse(text);
        if (url.scheme() != "http" && url.scheme() != "https") return std::nullopt;
        const Url::Parts parts = url.parts();
        if (!parts.has_authority || !is_host(parts.host)) return std::nullopt;
        return Address{url.scheme(), ascii_lower(parts.host), parts.port.value_or(default_port(url.scheme())),
                       parts.raw_path.empty() ? "/" : encode_path(parts.raw_path), Secret(query_of(text))};
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::string encode_path(std::string_view path) {
    std::string encoded;
    for (const char c : path) {
        const bool plain =
            c > ' ' && c < '\x7f' && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
        encoded += plain ? std::string(1, c) : percent_encode(std::string_view(&c, 1));
    }
    return encoded;
}

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace godwit::http
