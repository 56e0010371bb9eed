#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "godwit/deadline.hpp"
#include "godwit/secret.hpp"
#include "godwit/source.hpp"
#include "godwit/url.hpp"
#include "http/address.hpp"

namespace godwit::http {

/// What a URL and the options ask for. The `x-` parameters are documented in docs/sources/http.md.
struct Settings {
    Address base;      ///< a folder (its path ends in '/') or an archive; no `x-` parameters
    std::string user;  ///< basic authentication where `has_user`
    Secret password;
    bool has_user = false;
    Secret bearer;                                      ///< a token; empty = none
    std::vector<Secret> headers;                        ///< "Name: value"
    std::filesystem::path ca_file;                      ///< empty = the system's
    Milliseconds first_pause{500};                      ///< before trying again; doubled each time
    Milliseconds timeout{30'000};                       ///< without progress
    std::uint64_t max_size = std::uint64_t{512} << 20;  ///< of one download, and of all that an archive holds
    std::string folder_in_archive;                      ///< "" = found out
    Secret proxy;                                       ///< its URL may hold a password; empty = none
    std::string no_proxy;
    bool token_withheld = false;  ///< GODWIT_HTTP_TOKEN is set, and not sent over a plain connection

    /// True where a request carries something that only this host may see.
    [[nodiscard]] bool has_credentials() const { return has_user || !bearer.empty() || !headers.empty(); }
    [[nodiscard]] bool is_archive() const;
};

/// Throws Errc::Usage naming the part that is wrong, Errc::Config for an environment variable that is
/// missing.
Settings read_settings(const Url& url, const SourceOptions& options);

/// `text` without anything that must not be seen: for libcurl's messages.
std::string without_secrets(std::string text, const Settings& settings);

}  // namespace godwit::http
