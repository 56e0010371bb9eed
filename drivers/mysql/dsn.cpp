#include "mysql/dsn.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "godwit/error.hpp"

namespace godwit::mysql {
namespace {

[[noreturn]] void invalid(std::string_view what, std::string_view hint) {
    fail(Errc::Usage, fmt::format("invalid DSN: {}", what), std::string(hint));
}

std::string decoded(std::string_view text, std::string_view part) {
    if (auto plain = query_unescape(text)) return *plain;
    fail(Errc::Usage, fmt::format("bad percent-encoding in the {} of the URL", part),
         "write %25 for a '%' in it");
}

unsigned port_number(std::string_view text) {
    unsigned port = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || stop != text.data() + text.size() || port == 0 || port > 65535)
        fail(Errc::Usage, fmt::format("port '{}' is not a number from 1 to 65535", text));
    return port;
}

/// host, host:port, [v6], [v6]:port
void read_host(Address& address, std::string_view text) {
    const std::size_t bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
    const std::size_t from = bracket == std::string_view::npos ? 0 : bracket;
    const std::size_t colon = text.find(':', from);
    if (colon != std::string_view::npos) {
        address.port = port_number(text.substr(colon + 1));
        text = text.substr(0, colon);
    }
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    address.host = text;
}

void read_network(Address& address, std::string_view text) {
    const std::size_t open = text.find('(');
    address.network = open == 0 ? "tcp" : std::string(text.substr(0, open));
    std::string_view inner;
    if (open != std::string_view::npos) {
        if (!text.ends_with(')'))
            invalid("network address not terminated (missing closing brace)",
                    "write mysql://USER:PASSWORD@tcp(HOST:PORT)/DATABASE");
        inner = text.substr(open + 1, text.size() - open - 2);
    }
    if (address.network == "unix")
        address.socket = inner.empty() ? "/tmp/mysql.sock" : std::string(inner);
    else if (address.network == "tcp")
        read_host(address, inner);
    else
        fail(Errc::Usage, fmt::format("the URL's network '{}' cannot be honoured", address.network),
             "tcp(HOST:PORT) and unix(/PATH) are known");
}

void read_user(Address& address, std::string_view text) {
    const std::size_t colon = text.find(':');
    address.user = decoded(text.substr(0, colon), "user name");
    if (colon == std::string_view::npos) return;
    address.password = decoded(text.substr(colon + 1), "password");
    address.has_password = true;
}

void read_params(Address& address, std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        const std::size_t equals = pair.find('=');
        // without '=' nothing is meant: go-sql-driver leaves it out
        if (equals != std::string_view::npos)
            address.params.emplace_back(decoded(pair.substr(0, equals), "parameters"),
                                        decoded(pair.substr(equals + 1), "parameters"));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

/// go-sql-driver's way: the last '/' begins the database, the last '@' before it ends the user.
Address read_dsn(std::string_view text, std::size_t slash) {
    Address address;
    const std::string_view left = text.substr(0, slash);
    const std::string_view right = text.substr(slash + 1);
    const std::size_t at = left.rfind('@');
    if (at != std::string_view::npos) read_user(address, left.substr(0, at));
    read_network(address, at == std::string_view::npos ? left : left.substr(at + 1));
    const std::size_t question = right.find('?');
    address.database = decoded(right.substr(0, question), "database name");
    if (question != std::string_view::npos) read_params(address, right.substr(question + 1));
    return address;
}

Address read_plain(const Url& url) {
    const Url::Parts parts = url.parts();
    if (!parts.fragment.empty())
        fail(Errc::Usage, "the URL has a '#' part, which means nothing to MySQL",
             "write %23 for a '#' in a password or name");
    Address address;
    address.user = parts.user;
    address.password = parts.password.reveal();
    address.has_password = parts.has_password;
    address.database = parts.path.starts_with('/') ? parts.path.substr(1) : parts.path;
    address.params = parts.query;
    address.port = parts.port;
    if (parts.host.starts_with('/')) {
        address.network = "unix";
        address.socket = parts.host;
    } else {
        address.host = parts.host;
    }
    return address;
}

/// The '/' behind `net(addr)`; npos where the text is not in that form.
std::size_t dsn_slash(std::string_view text) {
    const std::size_t found = text.rfind(")/");
    if (found != std::string_view::npos) return found + 1;
    // net alone stands for its default address
    for (const std::string_view net : {"@tcp/", "@unix/"})
        if (const auto at = text.find(net); at != std::string_view::npos) return at + net.size() - 1;
    return std::string_view::npos;
}

}  // namespace

std::optional<std::string> query_unescape(std::string_view text) {
    std::string blanks(text);
    std::ranges::replace(blanks, '+', ' ');
    return percent_decode(blanks);
}

Address read_address(const Url& url) {
    std::string_view text = url.rest().reveal();
    if (text.starts_with("//")) text.remove_prefix(2);
    const std::size_t slash = dsn_slash(text);
    if (slash != std::string_view::npos) return read_dsn(text, slash);
    const std::size_t at = text.rfind('@');
    const std::string_view host = at == std::string_view::npos ? text : text.substr(at + 1);
    if (host.starts_with("tcp(") || host.starts_with("unix("))
        host.find(')') == std::string_view::npos
            ? invalid("network address not terminated (missing closing brace)",
                      "write mysql://USER:PASSWORD@tcp(HOST:PORT)/DATABASE")
            : invalid("missing the slash separating the database name",
                      "write mysql://USER:PASSWORD@tcp(HOST:PORT)/DATABASE");
    return read_plain(url);
}

}  // namespace godwit::mysql
