#include "compat/log.hpp"

#include <cstdio>
#include <ctime>

namespace godwit::compat {

namespace {

std::string stamp() {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    char text[32];
    std::strftime(text, sizeof text, "%Y/%m/%d %H:%M:%S ", &local);
    return text;
}

void write(const std::string& text) {
    // One write for a whole line: two processes may share the stream.
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

}  // namespace

void Log::line(std::string_view text) const {
    write((verbose_ ? stamp() : std::string()) + std::string(text) + "\n");
}

void Log::core_error(std::string_view text) const {
    write((verbose_ ? stamp() : std::string()) + "error: " + std::string(text) + (verbose_ ? "\n" : ""));
}

}  // namespace godwit::compat
