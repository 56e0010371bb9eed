#include "fuzz.hpp"
#include "mysql/dsn.hpp"
#include "mysql/url.hpp"

// Both forms of a MySQL URL: what is written in one is read from it, the connection string keeps every value
// inside its quotes, and no error shows the password.

namespace {

using godwit::Errc;
using godwit::Url;
using godwit::fuzz::require;

godwit::DriverOptions options() {
    godwit::DriverOptions made;
    made.env = [](std::string_view) { return std::nullopt; };
    return made;
}

/// Reads key='value' pairs with back-slashes, as SOCI does; what is between them must be one blank.
std::string value_in(std::string_view text, std::string_view wanted) {
    std::string found;
    while (!text.empty()) {
        const auto equals = text.find("='");
        require(equals != std::string_view::npos && equals > 0);
        const auto key = text.substr(0, equals);
        require(key.find_first_of(" '\\") == std::string_view::npos);
        text.remove_prefix(equals + 2);
        std::string value;
        while (!text.empty() && text.front() != '\'') {
            if (text.front() == '\\') text.remove_prefix(1);
            require(!text.empty());
            value += text.front();
            text.remove_prefix(1);
        }
        require(!text.empty());
        text.remove_prefix(1);
        require(text.empty() || text.front() == ' ');
        if (!text.empty()) text.remove_prefix(1);
        if (key == wanted) found = value;
    }
    return found;
}

void check_any(const std::string& text) {
    godwit::fuzz::goes_through(Errc::Usage, [&] {
        const auto target = godwit::mysql::read_target(Url::parse(text), options());
        require(target.host != "localhost" || target.tls == godwit::mysql::Tls::Verified);
        require(target.port != 0 || !target.socket.empty());
        const std::string plain = godwit::mysql::connection_string(target, false);
        require(value_in(plain, "password") == target.password.reveal());
        require(value_in(plain, "user") == target.user && value_in(plain, "db") == target.database);
        for (const auto& [name, value] : target.variables)
            require(name.find_first_of(" ;'\"`=\\()") == std::string::npos && !name.empty());
        (void)value_in(godwit::mysql::connection_string(target, true), "user");
    });
}

/// User, password and database, written in go-sql-driver's form and as a URL.
void check_written(const std::vector<std::string>& parts) {
    const std::string user = godwit::percent_encode(parts[0]);
    const std::string password = godwit::percent_encode(parts[1]);
    const std::string database = godwit::percent_encode(parts[2]);
    for (const std::string place : {"tcp(db.example:3307)", "db.example:3307"}) {
        const auto address = godwit::mysql::read_address(Url::parse(
            "mysql://" + user + ":" + password + "@" + place + "/" + database + "?tls=skip-verify"));
        require(address.user == parts[0] && address.password == parts[1] && address.has_password);
        require(address.database == parts[2] && address.host == "db.example" && address.port == 3307U);
        require(address.params.size() == 1);
    }
}

/// Whether the word stands in the text, some of its letters percent-encoded perhaps.
bool holds(const std::string& text, std::string_view word) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto letter = text[i] == '%' ? godwit::percent_decode(text.substr(i, 3)) : std::nullopt;
        decoded += letter ? *letter : text.substr(i, 1);
        if (letter) i += 2;
    }
    return decoded.find(word) != std::string::npos;
}

void check_errors(const std::string& text) {
    const std::string password = "s3cr3t-pw";
    if (holds(text, password)) return;
    for (const std::string form : {"mysql://user:s3cr3t-pw@tcp(h)/d?", "mysql://user:s3cr3t-pw@h/"}) {
        try {
            (void)godwit::mysql::read_target(Url::parse(form + text), options());
        } catch (const godwit::Error& error) {
            require((error.what() + error.info().hint).find(password) == std::string::npos);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = godwit::fuzz::text_of(data, size);
    check_any(text);
    check_any("mysql://" + text);
    if (const auto parts = godwit::fuzz::parts_of(text, '\n', 3); parts.size() == 3) check_written(parts);
    check_errors(text);
    return 0;
}
