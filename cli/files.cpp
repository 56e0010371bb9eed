#include "files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace godwit::cli {

void cannot_write(const std::filesystem::path& file, Errc code, std::string_view asked_by) {
    const int reason = errno;
    const auto why = reason == 0 ? std::string() : ": " + std::generic_category().message(reason);
    fail(code, fmt::format("{}cannot write {}{}", asked_by, file.string(), why));
}

void write_file(const std::filesystem::path& file, std::string_view text, Errc code) {
    errno = 0;
    std::ofstream stream(file, std::ios::binary);
    stream << text;
    stream.close();
    if (!stream) cannot_write(file, code);
}

}  // namespace godwit::cli
