#pragma once

#include <curl/curl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "godwit/error.hpp"
#include "http/address.hpp"
#include "http/settings.hpp"

namespace godwit::http {

/// A server's answer, whole.
struct Response {
    long status = 0;
    Address address;  ///< where it came from, after redirects
    std::string body;
    std::string etag;
    std::string last_modified;
    std::string content_encoding;
    std::optional<std::int64_t> retry_after;  ///< seconds
    bool end_known = false;  ///< the server said how long it is, or marked the end: a cut would have shown
    int attempts = 1;
};

/// How one attempt ended.
struct Attempt {
    CURLcode code = CURLE_OK;
    std::string trouble;   ///< libcurl's text, redacted; "" where there is an answer
    std::string redirect;  ///< the absolute URL the server sends us to, or ""
    bool too_large = false;
    std::uint64_t limit = 0;  ///< the most bytes that were wanted
    bool excess = false;      ///< the server sent more than it had announced
    Response response;        ///< of use where `code` is CURLE_OK
};

struct EasyDeleter {
    void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct SlistDeleter {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

template <class Value>
void set_option(CURL* handle, CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(handle, option, value);
    if (code != CURLE_OK)
        fail(Errc::Internal, std::string("libcurl refuses an option: ") + curl_easy_strerror(code));
}

/// One request in flight on a multi handle; destruction takes it off. Stays where it is: libcurl holds
/// pointers.
class Transfer {
  public:
    /// `limit`: the most bytes that are taken.
    Transfer(CURLM* multi, const Settings& settings, const Address& address, std::uint64_t limit,
             std::size_t tag);
    ~Transfer();
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    [[nodiscard]] CURL* handle() const noexcept { return handle_.get(); }
    /// What was given to the constructor of the transfer that owns this handle.
    [[nodiscard]] static std::size_t tag_of(CURL* handle) noexcept;
    /// Takes the outcome, once libcurl has said that it is done.
    Attempt finish(CURLcode code);

  private:
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
    static int on_debug(CURL* handle, curl_infotype type, char* data, std::size_t size, void* self);
    void prepare(const Address& address);
    void prepare_limits();
    void prepare_credentials();
    void read_header(std::string_view line);
    [[nodiscard]] bool end_known() const;

    const Settings& settings_;
    CURLM* multi_;
    std::size_t tag_;
    std::unique_ptr<CURL, EasyDeleter> handle_;
    std::unique_ptr<curl_slist, SlistDeleter> headers_;
    std::array<char, CURL_ERROR_SIZE> error_{};
    Attempt attempt_;
    bool has_length_ = false;
    bool chunked_ = false;
};

}  // namespace godwit::http
