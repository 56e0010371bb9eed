#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "config.hpp"
#include "fuzz.hpp"

// Any text is a configuration, or is refused with a place in it. Nothing in it is expanded, read or run.

namespace {

using godwit::cli::Config;
using godwit::cli::ConfigSection;
using godwit::cli::ConfigValue;
using godwit::fuzz::require;

/// A file that is on no disk.
class MemoryFile {
  public:
    explicit MemoryFile(std::string_view text) : handle_(::memfd_create("godwit.yaml", MFD_CLOEXEC)) {
        require(handle_ >= 0 &&
                ::write(handle_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    ~MemoryFile() { ::close(handle_); }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(handle_); }

  private:
    int handle_;
};

void check_value(const ConfigValue& value, std::size_t lines) {
    require(value.line >= 1 && value.line <= lines && value.column >= 1);
    require(value.kind != ConfigValue::Kind::Map || value.keys.size() == value.items.size());
    for (const ConfigValue& item : value.items)
        check_value(item, lines);
}

void check_section(const ConfigSection& section, std::size_t lines) {
    for (const auto& [key, value] : section.values)
        check_value(value, lines);
}

/// "FILE:LINE:COLUMN: …" with a line that the file has.
void check_message(std::string_view message, std::string_view file, std::size_t lines) {
    require(message.starts_with(std::string(file) + ":"));
    message.remove_prefix(file.size() + 1);
    std::size_t line = 0;
    const auto [stop, error] = std::from_chars(message.data(), message.data() + message.size(), line);
    require(error == std::errc{} && *stop == ':' && line >= 1 && line <= lines);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = godwit::fuzz::text_of(data, size);
    // yaml-cpp ends a line at "\r" alone, too, and its end is a line of its own
    const auto lines = static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return c == '\n' || c == '\r'; }) + 2);
    const MemoryFile file(text);
    try {
        const Config config = godwit::cli::load_config(file.path(), "/");
        check_section(config.top, lines);
        for (const ConfigSection& section : config.environments)
            check_section(section, lines);
    } catch (const godwit::Error& error) {
        require(error.code() == godwit::Errc::Config);
        check_message(error.what(), file.path().substr(1), lines);
    }
    return 0;
}
