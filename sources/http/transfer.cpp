#include "http/transfer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "godwit/ascii.hpp"
#include "godwit/error.hpp"

namespace godwit::http {
namespace {

constexpr std::uint64_t kMostReserved = std::uint64_t{64} << 20;

template <class Value>
Value info(CURL* handle, CURLINFO what, Value value) {
    curl_easy_getinfo(handle, what, &value);
    return value;
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

void allow_only_web_schemes(CURL* handle) {
#if LIBCURL_VERSION_NUM >= 0x075500
    set_option(handle, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    set_option(handle, CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

}  // namespace

Transfer::Transfer(CURLM* multi, const Settings& settings, const Address& address, std::uint64_t limit,
                   std::size_t tag)
    : settings_(settings), multi_(multi), tag_(tag), handle_(curl_easy_init()) {
    if (!handle_) fail(Errc::Internal, "libcurl gives no handle");
    attempt_.limit = limit;
    prepare(address);
    prepare_limits();
    prepare_credentials();
    attempt_.response.address = address;
    const CURLMcode code = curl_multi_add_handle(multi_, handle_.get());
    if (code != CURLM_OK)
        fail(Errc::Internal, fmt::format("libcurl takes no request: {}", curl_multi_strerror(code)));
}

Transfer::~Transfer() {
    curl_multi_remove_handle(multi_, handle_.get());
}

std::size_t Transfer::tag_of(CURL* handle) noexcept {
    return static_cast<const Transfer*>(info<void*>(handle, CURLINFO_PRIVATE, nullptr))->tag_;
}

void Transfer::prepare(const Address& address) {
    CURL* const handle = handle_.get();
    set_option(handle, CURLOPT_URL, address.text().reveal().c_str());
    allow_only_web_schemes(handle);
    set_option(handle, CURLOPT_FOLLOWLOCATION, 0L);
    set_option(handle, CURLOPT_NOSIGNAL, 1L);
    // an encoded path is sent as it is: signatures cover it
    set_option(handle, CURLOPT_PATH_AS_IS, 1L);
    set_option(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set_option(handle, CURLOPT_PIPEWAIT, 1L);
    set_option(handle, CURLOPT_USERAGENT, "godwit/" GODWIT_VERSION);
    set_option(handle, CURLOPT_ERRORBUFFER, error_.data());
    set_option(handle, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set_option(handle, CURLOPT_WRITEDATA, static_cast<void*>(this));
    set_option(handle, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set_option(handle, CURLOPT_HEADERDATA, static_cast<void*>(this));
    set_option(handle, CURLOPT_PRIVATE, static_cast<void*>(this));
    set_option(handle, CURLOPT_DEBUGFUNCTION, &Transfer::on_debug);
    set_option(handle, CURLOPT_DEBUGDATA, static_cast<void*>(this));
    set_option(handle, CURLOPT_VERBOSE, 1L);
    // an empty text keeps libcurl from reading the environment itself
    set_option(handle, CURLOPT_PROXY, settings_.proxy.reveal().c_str());
    set_option(handle, CURLOPT_NOPROXY, settings_.no_proxy.c_str());
    if (!settings_.ca_file.empty()) set_option(handle, CURLOPT_CAINFO, settings_.ca_file.c_str());
}

/// A time-out is one without progress: large files on slow lines are no errors.
void Transfer::prepare_limits() {
    CURL* const handle = handle_.get();
    const auto milliseconds = static_cast<long>(settings_.timeout.count());
    set_option(handle, CURLOPT_CONNECTTIMEOUT_MS, milliseconds);
    set_option(handle, CURLOPT_LOW_SPEED_LIMIT, 16L);
    set_option(handle, CURLOPT_LOW_SPEED_TIME, std::max(1L, (milliseconds + 999) / 1000));
    set_option(handle, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(attempt_.limit));
}

void Transfer::prepare_credentials() {
    CURL* const handle = handle_.get();
    curl_slist* list = nullptr;
    const auto add = [&](const std::string& header) {
        curl_slist* const longer = curl_slist_append(list, header.c_str());
        if (longer == nullptr) fail(Errc::Internal, "no memory for a request's headers");
        list = longer;
        (void)headers_.release();
        headers_.reset(list);
    };
    // Caddy lists a folder as JSON for whoever wants it
    add("Accept: application/json, text/html;q=0.9, */*;q=0.8");
    for (const Secret& header : settings_.headers)
        add(header.reveal());
    if (!settings_.bearer.empty()) add("Authorization: Bearer " + settings_.bearer.reveal());
    set_option(handle, CURLOPT_HTTPHEADER, headers_.get());
    if (!settings_.has_user) return;
    set_option(handle, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set_option(handle, CURLOPT_USERNAME, settings_.user.c_str());
    set_option(handle, CURLOPT_PASSWORD, settings_.password.reveal().c_str());
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    std::string& body = transfer.attempt_.response.body;
    const std::size_t length = size * count;
    if (length > transfer.attempt_.limit - body.size()) {
        transfer.attempt_.too_large = true;
        return 0;
    }
    try {
        if (body.empty()) {
            const auto announced = info<curl_off_t>(transfer.handle(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, 0);
            if (announced > 0) body.reserve(std::min(static_cast<std::uint64_t>(announced), kMostReserved));
        }
        body.append(data, length);
        return length;
    } catch (const std::exception&) {
        transfer.attempt_.too_large = true;
        return 0;
    }
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
    try {
        static_cast<Transfer*>(self)->read_header({data, size * count});
        return size * count;
    } catch (const std::exception&) {
        return 0;
    }
}

/// libcurl drops what comes behind the announced length, and tells nobody but a person who watches.
int Transfer::on_debug(CURL* /*handle*/, curl_infotype type, char* data, std::size_t size, void* self) {
    const std::string_view text(data, size);
    if (type == CURLINFO_TEXT && text.find("Excess found") != std::string_view::npos)
        static_cast<Transfer*>(self)->attempt_.excess = true;
    return 0;
}

void Transfer::read_header(std::string_view line) {
    Response& response = attempt_.response;
    if (line.starts_with("HTTP/")) {  // a further answer after "100 Continue" or a proxy's
        response.etag.clear();
        response.last_modified.clear();
        response.content_encoding.clear();
        has_length_ = chunked_ = false;
        return;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const auto name = line.substr(0, colon);
    const std::string value(trimmed(line.substr(colon + 1)));
    if (ascii_iequal(name, "etag")) response.etag = value;
    if (ascii_iequal(name, "last-modified")) response.last_modified = value;
    if (ascii_iequal(name, "content-encoding")) response.content_encoding = value;
    if (ascii_iequal(name, "content-length")) has_length_ = true;
    if (ascii_iequal(name, "transfer-encoding")) chunked_ = true;
}

bool Transfer::end_known() const {
    const long version = info<long>(handle(), CURLINFO_HTTP_VERSION, 0);
    return has_length_ || chunked_ || version >= CURL_HTTP_VERSION_2_0;
}

Attempt Transfer::finish(CURLcode code) {
    attempt_.code = code;
    if (code != CURLE_OK) {
        const std::string text = error_[0] != '\0' ? error_.data() : curl_easy_strerror(code);
        attempt_.trouble = without_secrets(text, settings_);
        attempt_.too_large = attempt_.too_large || code == CURLE_FILESIZE_EXCEEDED;
    }
    Response& response = attempt_.response;
    response.status = info<long>(handle(), CURLINFO_RESPONSE_CODE, 0);
    response.end_known = end_known();
    const auto wait = info<curl_off_t>(handle(), CURLINFO_RETRY_AFTER, 0);
    if (wait > 0) response.retry_after = wait;
    if (const char* const target = info<char*>(handle(), CURLINFO_REDIRECT_URL, nullptr))
        attempt_.redirect = target;
    return std::move(attempt_);
}

}  // namespace godwit::http
