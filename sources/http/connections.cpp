#include "http/connections.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <string_view>

#include "http/transfer.hpp"

namespace godwit::http {
namespace {

bool is_tls_record(char first) {
    return first >= 0x14 && first <= 0x17;
}

/// Some servers say "HTTP/1.1 408 Request Timeout" to a connection that does nothing.
bool is_answer(std::string_view text) {
    return text.starts_with("HTTP/");
}

bool has_leftovers(curl_socket_t socket) {
    std::array<char, 8> begin{};
    const auto length = ::recv(socket, begin.data(), begin.size(), MSG_PEEK | MSG_DONTWAIT);
    if (length <= 0) return false;
    return !is_tls_record(begin.front()) && !is_answer({begin.data(), static_cast<std::size_t>(length)});
}

}  // namespace

void Connections::watch(CURL* handle) {
    set_option(handle, CURLOPT_SOCKOPTFUNCTION, &Connections::on_open);
    set_option(handle, CURLOPT_SOCKOPTDATA, static_cast<void*>(this));
    set_option(handle, CURLOPT_CLOSESOCKETFUNCTION, &Connections::on_close);
    set_option(handle, CURLOPT_CLOSESOCKETDATA, static_cast<void*>(this));
}

bool Connections::have_leftovers() const {
    return seen_ || std::ranges::any_of(open_, has_leftovers);
}

int Connections::on_open(void* self, curl_socket_t socket, curlsocktype /*purpose*/) {
    try {
        static_cast<Connections*>(self)->open_.insert(socket);
        return CURL_SOCKOPT_OK;
    } catch (const std::exception&) {
        return CURL_SOCKOPT_ERROR;
    }
}

int Connections::on_close(void* self, curl_socket_t socket) {
    auto& connections = *static_cast<Connections*>(self);
    connections.open_.erase(socket);
    if (has_leftovers(socket)) connections.seen_ = true;
    return ::close(socket);
}

}  // namespace godwit::http
