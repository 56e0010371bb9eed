#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "godwit/secret.hpp"

namespace godwit::http {

/// Where something is on a web server. A value; user and password are no part of it.
struct Address {
    std::string scheme;  ///< "http", "https"
    std::string host;    ///< lower case; an IPv6 address without its brackets
    unsigned port = 0;   ///< always set
    std::string path;    ///< percent-encoded, begins with '/'
    Secret query;        ///< with its '?', or empty; may be a signature

    /// For libcurl.
    [[nodiscard]] Secret text() const;
    /// For messages: without the query.
    [[nodiscard]] std::string shown() const;
    /// `name` (not encoded) in the folder that `path` is, with the same query.
    [[nodiscard]] Address child(std::string_view name) const;
    /// "https://host:port", the port left out where it is the scheme's own.
    [[nodiscard]] std::string origin() const;

    friend bool operator==(const Address& a, const Address& b) {
        return a.scheme == b.scheme && a.host == b.host && a.port == b.port && a.path == b.path &&
               a.query.reveal() == b.query.reveal();
    }
};

/// An absolute http or https URL, such as a redirect leads to; user and fragment are dropped. Nullopt for
/// anything else.
std::optional<Address> parse_address(std::string_view text);

/// Encodes what must not stand in a path, and leaves what is encoded already.
std::string encode_path(std::string_view path);

[[nodiscard]] bool is_loopback(std::string_view host);

}  // namespace godwit::http
