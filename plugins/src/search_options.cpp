#include <cstdlib>
#include <system_error>

#include "godwit/plugin_registry.hpp"

namespace godwit {
namespace {

std::string environment(const char* name) {
    // "secure": a program with raised privileges must not take code from its caller's surroundings
    const char* const value = ::secure_getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

std::filesystem::path own_directory() {
    std::error_code error;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? std::filesystem::path() : program.parent_path();
}

std::filesystem::path user_data_directory() {
    std::filesystem::path data = environment("XDG_DATA_HOME");
    if (data.is_absolute()) return data;
    const std::filesystem::path home = environment("HOME");
    return home.is_absolute() ? home / ".local" / "share" : std::filesystem::path();
}

}  // namespace

SearchOptions SearchOptions::from_process() {
    SearchOptions options;
    options.path_list = environment("GODWIT_PLUGIN_PATH");
    options.executable_directory = own_directory();
    options.library_directory = GODWIT_FULL_LIBDIR;
    options.user_directory = user_data_directory();
    return options;
}

}  // namespace godwit
