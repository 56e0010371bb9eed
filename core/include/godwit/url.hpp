#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "godwit/api.hpp"
#include "godwit/secret.hpp"

namespace godwit {

/// `scheme:rest`. Only the scheme has rules of its own (`[a-z][a-z0-9+.-]*`, RFC 3986 3.1, lower-cased);
/// what follows belongs to the plugin of that scheme: go-sql-driver's DSN is no URL at all
/// (facts/golang-migrate.md 5.3). A Url is a value, may hold a password, and prints itself only redacted.
class GODWIT_API Url {
  public:
    /// The parts of `//user:password@host:port/path?query#fragment`. Percent-encoding is decoded in
    /// user, password, host, path, keys and values.
    struct Parts {
        std::string user;
        Secret password;
        bool has_password = false;
        std::string host;  ///< without the brackets of an IPv6 address
        std::optional<unsigned> port;
        std::string path;                                        ///< with its leading slash
        std::string raw_path;                                    ///< not decoded
        std::vector<std::pair<std::string, std::string>> query;  ///< in order, repeated keys kept
        std::string fragment;
        bool has_authority = false;  ///< "//" was there

        [[nodiscard]] std::optional<std::string> param(std::string_view key) const;
    };

    /// Throws Errc::Usage when `text` is empty ("URL cannot be empty") or has no scheme ("no scheme").
    /// `option` names what the user typed it behind ("--database") and is part of the message.
    static Url parse(std::string_view text, std::string_view option = "URL");

    [[nodiscard]] const std::string& scheme() const noexcept { return scheme_; }
    /// Everything behind the first ':', not decoded. May hold a password.
    [[nodiscard]] const Secret& rest() const noexcept { return rest_; }
    /// The whole text as it was given. May hold a password.
    [[nodiscard]] const Secret& raw() const noexcept { return raw_; }
    /// Reads the rest by RFC 3986. Throws Errc::Usage naming the part that is wrong
    /// ("port 'x' is not a number", "bad percent-encoding in the password").
    [[nodiscard]] Parts parts() const;
    /// The URL without its password and without secret query values: fit for every message.
    [[nodiscard]] std::string redacted() const;

  private:
    std::string scheme_;
    Secret rest_;
    Secret raw_;
};

/// Decodes %XX; nullopt where a '%' is not followed by two hex digits. '+' stays '+'.
GODWIT_API std::optional<std::string> percent_decode(std::string_view text);
/// Encodes everything but RFC 3986's unreserved characters.
GODWIT_API std::string percent_encode(std::string_view text);

}  // namespace godwit
