#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "godwit/url.hpp"

namespace godwit::mysql {

/// The parts of either form of a URL, decoded.
struct Address {
    std::string network = "tcp";  ///< "tcp" or "unix"
    std::string host;
    std::optional<unsigned> port;
    std::string socket;
    std::string user;
    std::string password;
    bool has_password = false;
    std::string database;
    std::vector<std::pair<std::string, std::string>> params;
};

/// Throws Errc::Usage with the words of go-sql-driver where it has some.
Address read_address(const Url& url);

/// Go's url.QueryUnescape: %XX, and '+' is a blank; nullopt where a '%' is not followed by two hex digits.
std::optional<std::string> query_unescape(std::string_view text);

}  // namespace godwit::mysql
