#include "http/settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "godwit/duration.hpp"
#include "godwit/error.hpp"
#include "godwit/nearest.hpp"

namespace godwit::http {
namespace {

constexpr std::string_view kTokenVariable = "GODWIT_HTTP_TOKEN";

constexpr std::array<std::string_view, 6> kKeys{"x-bearer-env", "x-ca-file",  "x-dir",
                                                "x-header",     "x-max-size", "x-timeout"};

bool is_token_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
}

/// "64", "64k", "64MB", "1GiB"; multiples of 1024.
std::optional<std::uint64_t> parse_size(std::string_view text) {
    std::uint64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return std::nullopt;
    std::string unit(stop, text.data() + text.size());
    std::ranges::transform(unit, unit.begin(),
                           [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
    if (unit.ends_with("IB")) unit.resize(unit.size() - 2);
    if (unit.ends_with('B')) unit.pop_back();
    constexpr std::string_view kUnits = "KMG";
    if (unit.size() > 1 || number == 0) return std::nullopt;
    const auto found = kUnits.find(unit);
    if (found == std::string_view::npos) return std::nullopt;
    const std::size_t bits = unit.empty() ? 0 : 10 * (found + 1);
    if ((number >> (63 - bits)) != 0) return std::nullopt;
    return number << bits;
}

class Reader {
  public:
    Reader(const Url& url, const SourceOptions& options)
        : url_(url), options_(options), parts_(url.parts()) {}

    Settings read() {
        read_address();
        settings_.timeout = options_.timeout;
        settings_.has_user = parts_.has_password || !parts_.user.empty();
        settings_.user = parts_.user;
        settings_.password = parts_.password;
        for (const auto& [key, value] : parts_.query) {
            if (key.starts_with("x-")) read_key(key, value);
        }
        read_token();
        read_proxy();
        return std::move(settings_);
    }

  private:
    void read_address() {
        if (!parts_.has_authority || parts_.host.empty())
            bad("names no host", "write https://host/folder/ or https://host/archive.tar.gz");
        const auto parsed = parse_address(url_.raw().reveal());
        if (!parsed) bad("is no URL of a web server", "write https://host/folder/");
        settings_.base = *parsed;
        settings_.base.query = kept_query();
        if (!settings_.is_archive() && !settings_.base.path.ends_with('/')) settings_.base.path += '/';
    }

    /// The query as it was written, since it may be signed, without our own parameters.
    [[nodiscard]] Secret kept_query() const {
        const std::string whole = parse_address(url_.raw().reveal())->query.reveal();
        std::string kept;
        std::string_view rest = whole;
        while (!rest.empty()) {
            rest.remove_prefix(1);
            const auto pair = rest.substr(0, rest.find('&'));
            rest.remove_prefix(pair.size());
            const auto key = percent_decode(pair.substr(0, pair.find('=')));
            if (pair.empty() || (key && key->starts_with("x-"))) continue;
            kept.append(kept.empty() ? "?" : "&").append(pair);
        }
        return Secret(std::move(kept));
    }

    void read_key(const std::string& key, const std::string& value) {
        if (value.empty()) bad(fmt::format("{} has no value", key), "");
        if (key == "x-bearer-env") return read_bearer(value);
        if (key == "x-header") return read_header(value);
        if (key == "x-dir") return read_folder(value);
        if (key == "x-ca-file") return read_authority_file(value);
        if (key == "x-timeout") return read_timeout(value);
        if (key == "x-max-size") return read_size(value);
        const auto near = nearest(key, kKeys);
        bad(fmt::format("unknown parameter {}", key),
            near ? fmt::format("did you mean {}", *near)
                 : fmt::format("parameters that begin with x- are godwit's: {}", fmt::join(kKeys, " ")));
    }

    void read_bearer(const std::string& variable) {
        const auto token = options_.env ? options_.env(variable) : std::nullopt;
        if (!token || token->empty()) {
            fail(Errc::Config,
                 fmt::format("the environment variable {} is not set (x-bearer-env of {})", variable,
                             settings_.base.shown()),
                 fmt::format("set {} to the token", variable));
        }
        set_token(*token, variable);
    }

    void set_token(const std::string& token, std::string_view variable) {
        if (std::ranges::any_of(token, [](char c) { return is_control(c) || c == ' '; })) {
            fail(Errc::Config, fmt::format("the token in {} has a blank or a line break in it", variable),
                 "it was probably read from a file together with its line end");
        }
        settings_.bearer = Secret(token);
    }

    void read_header(const std::string& value) {
        const auto colon = value.find(':');
        const auto name = std::string_view(value).substr(0, colon);
        if (colon == std::string::npos || name.empty() || !std::ranges::all_of(name, is_token_character) ||
            std::ranges::any_of(value, is_control))
            bad("x-header is not NAME:VALUE", "write x-header=X-Api-Key:abc, percent-encoded where needed");
        auto content = value.substr(colon + 1);
        content.erase(0, content.find_first_not_of(' '));
        // libcurl leaves out a header that ends in a colon, and sends an empty one for a semicolon
        settings_.headers.emplace_back(content.empty() ? fmt::format("{};", name)
                                                       : fmt::format("{}: {}", name, content));
    }

    void read_folder(const std::string& value) {
        if (!settings_.is_archive())
            bad("x-dir is for archives", "write the folder into the path of the URL");
        auto& folder = settings_.folder_in_archive;
        folder = value;
        while (folder.ends_with('/'))
            folder.pop_back();
        if (folder.starts_with("./")) folder.erase(0, 2);
        if (folder.empty()) folder = ".";
    }

    void read_authority_file(const std::string& value) {
        settings_.ca_file = options_.working_directory / value;
        std::error_code error;
        if (std::filesystem::is_regular_file(settings_.ca_file, error)) return;
        bad(fmt::format("there is no file {} (x-ca-file)", settings_.ca_file.string()),
            "it holds the certificate of the authority, in PEM");
    }

    void read_timeout(const std::string& value) {
        const auto span = parse_duration(value);
        if (!span || span->count() <= 0)
            bad(fmt::format("x-timeout={} is no duration", value), "write 500ms, 15s or 2m");
        settings_.timeout = *span;
    }

    void read_size(const std::string& value) {
        const auto size = parse_size(value);
        if (!size) bad(fmt::format("x-max-size={} is no size", value), "write 64MB or 1GB");
        settings_.max_size = *size;
    }

    /// The URL's own credentials win. A token that merely is in the environment is not sent where it can be
    /// read on the way.
    void read_token() {
        if (settings_.has_user && !settings_.bearer.empty())
            bad("has a user and x-bearer-env", "a server takes one of them");
        if (settings_.has_user || !settings_.bearer.empty() || !options_.env) return;
        const auto token = options_.env(kTokenVariable);
        if (!token || token->empty()) return;
        settings_.token_withheld = settings_.base.scheme != "https" && !is_loopback(settings_.base.host);
        if (!settings_.token_withheld) set_token(*token, kTokenVariable);
    }

    [[nodiscard]] std::string first_of(std::initializer_list<std::string_view> variables) const {
        for (const auto variable : variables) {
            if (const auto value = options_.env ? options_.env(variable) : std::nullopt) return *value;
        }
        return {};
    }

    /// As curl reads them; HTTP_PROXY in capitals can be set by whoever talks to a CGI program, and is
    /// ignored.
    void read_proxy() {
        settings_.proxy = Secret(settings_.base.scheme == "https"
                                     ? first_of({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
                                     : first_of({"http_proxy", "all_proxy", "ALL_PROXY"}));
        settings_.no_proxy = first_of({"no_proxy", "NO_PROXY"});
    }

    [[noreturn]] void bad(const std::string& what, std::string hint) const {
        fail(Errc::Usage, fmt::format("{}: {}", shown(), what), std::move(hint));
    }

    /// The URL as far as it may be seen. Not its query: any value in it may be a key.
    [[nodiscard]] std::string shown() const {
        const auto address = parse_address(url_.raw().reveal());
        return address ? address->shown() : url_.redacted();
    }

    const Url& url_;
    const SourceOptions& options_;
    Url::Parts parts_;
    Settings settings_;
};

}  // namespace

bool Settings::is_archive() const {
    constexpr std::array<std::string_view, 4> kEndings{".tar.gz", ".tgz", ".tar", ".zip"};
    return std::ranges::any_of(kEndings, [&](auto ending) { return base.path.ends_with(ending); });
}

Settings read_settings(const Url& url, const SourceOptions& options) {
    return Reader(url, options).read();
}

namespace {

/// What stands before the last '@': such a URL may have any mistake in it, and libcurl repeats it whole or in
/// part.
Secret secret_of_proxy(const Secret& proxy) {
    const std::string& text = proxy.reveal();
    const auto at = text.rfind('@');
    if (at == std::string::npos) return {};
    const auto scheme = text.find("://");
    const auto begin = scheme == std::string::npos || scheme > at ? 0 : scheme + 3;
    return Secret(text.substr(begin, at - begin));
}

}  // namespace

std::string without_secrets(std::string text, const Settings& settings) {
    text = redact(std::move(text), settings.password);
    text = redact(std::move(text), settings.bearer);
    text = redact(std::move(text), settings.base.query);
    text = redact(std::move(text), secret_of_proxy(settings.proxy));
    for (const Secret& header : settings.headers)
        text = redact(std::move(text), header);
    return text;
}

}  // namespace godwit::http
