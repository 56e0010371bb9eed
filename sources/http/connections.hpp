#pragma once

#include <curl/curl.h>

#include <set>

namespace godwit::http {

/// The sockets of a client. A server that announces less than it sends leaves the rest on the connection,
/// where libcurl does not read it: here it is seen. Only on plain connections: HTTP/2 checks lengths itself,
/// and what is left on a TLS connection cannot be told from TLS's own messages.
class Connections {
  public:
    /// Makes `handle` tell of the sockets that it opens and closes; this object must outlive all of them.
    void watch(CURL* handle);
    /// True where a socket holds something, or held it when it was closed, that nobody has asked for.
    [[nodiscard]] bool have_leftovers() const;

  private:
    static int on_open(void* self, curl_socket_t socket, curlsocktype purpose);
    static int on_close(void* self, curl_socket_t socket);

    std::set<curl_socket_t> open_;
    bool seen_ = false;
};

}  // namespace godwit::http
