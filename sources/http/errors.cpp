#include "http/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "godwit/error.hpp"
#include "godwit/url.hpp"

namespace godwit::http {
namespace {

constexpr std::array<std::pair<long, std::string_view>, 15> kStatuses{{
    {204, "No Content"},
    {206, "Partial Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {410, "Gone"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
}};

std::string credentials_hint(const Settings& settings) {
    if (settings.token_withheld)
        return "GODWIT_HTTP_TOKEN is not sent over plain http: use https, or name it with "
               "x-bearer-env=GODWIT_HTTP_TOKEN";
    if (settings.has_user) return "user or password in the URL are wrong, or lack the right to read it";
    if (!settings.bearer.empty()) return "the token is wrong, out of date, or lacks the right to read it";
    return "name credentials: https://USER:PASSWORD@host/…, GODWIT_HTTP_TOKEN, x-bearer-env=NAME or "
           "x-header=NAME:VALUE";
}

std::string status_hint(const Settings& settings, const Response& response) {
    switch (response.status) {
        case 401:
            return credentials_hint(settings);
        case 403:
            return response.address.path.ends_with('/')
                       ? "the server lists no folders: put a migrations.json beside the files (godwit index "
                         "DIR)"
                       : credentials_hint(settings);
        case 404:
        case 410:
            return "look for a typing error in the URL";
        case 407:
            return "the proxy wants credentials: https_proxy=http://USER:PASSWORD@proxy:port";
        default:
            return response.status >= 500 || response.status == 429 ? "run the command again later" : "";
    }
}

std::string code_hint(const Settings& settings, const Attempt& attempt) {
    switch (attempt.code) {
        case CURLE_PEER_FAILED_VERIFICATION:
            if (attempt.trouble.find("subject name") != std::string::npos)
                return "the certificate is for another name: write that one into the URL";
            return "name your authority's certificate with x-ca-file=FILE";
        case CURLE_SSL_CACERT_BADFILE:
            return settings.ca_file.empty()
                       ? "install ca-certificates, or name your authority's certificate with "
                         "x-ca-file=FILE"
                       : "x-ca-file needs certificates in PEM";
        case CURLE_COULDNT_RESOLVE_HOST:
            return "look for a typing error in the host's name";
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_WEIRD_SERVER_REPLY:
            return "what came is no HTTP, or the end of an answer whose length was announced too short";
        case CURLE_OPERATION_TIMEDOUT:
            return "is the server there? a longer time: x-timeout=2m";
        default:
            return "";
    }
}

std::string tries(int attempts) {
    return attempts > 1 ? fmt::format(" (tried {} times)", attempts) : std::string();
}

}  // namespace

bool has_control_character(std::string_view text) noexcept {
    return std::ranges::any_of(text,
                               [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; });
}

std::string printable(std::string_view name) {
    constexpr std::size_t kMost = 120;
    std::string text;
    for (const char c : name.substr(0, kMost)) {
        const std::string_view one(&c, 1);
        text += has_control_character(one) ? percent_encode(one) : std::string(one);
    }
    return name.size() > kMost ? text + "…" : text;
}

std::string status_text(long status) {
    for (const auto& [number, text] : kStatuses) {
        if (number == status) return fmt::format("{} {}", status, text);
    }
    return fmt::format("status {}", status);
}

void refuse(std::string message, std::string hint, std::string file) {
    ErrorInfo info;
    info.code = Errc::Source;
    info.message = std::move(message);
    info.hint = std::move(hint);
    info.where.file = std::move(file);
    throw Error(std::move(info));
}

void refuse_status(const Settings& settings, const Response& response, std::string file) {
    const auto wait = response.retry_after
                          ? fmt::format("; the server asks to wait {} s", *response.retry_after)
                          : std::string();
    refuse(fmt::format("cannot read {}: {}{}{}", response.address.shown(), status_text(response.status), wait,
                       tries(response.attempts)),
           status_hint(settings, response), std::move(file));
}

void refuse_attempt(const Settings& settings, const Address& address, const Attempt& attempt, int attempts) {
    if (attempt.too_large) {
        const bool ours = attempt.limit < settings.max_size;
        refuse(fmt::format("{} is larger than {} bytes", address.shown(), attempt.limit),
               ours ? "no listing is that large" : "allow more with x-max-size=2GB");
    }
    ErrorInfo info;
    info.code = Errc::Source;
    info.message = fmt::format("cannot read {}: {}{}", address.shown(), attempt.trouble, tries(attempts));
    info.hint = code_hint(settings, attempt);
    info.native_code = fmt::format("CURLE_{}", static_cast<int>(attempt.code));
    info.transient = attempts > 1 || attempt.code == CURLE_OPERATION_TIMEDOUT;
    throw Error(std::move(info));
}

}  // namespace godwit::http
