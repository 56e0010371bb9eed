#include "render/format.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace godwit::cli {

std::string rfc3339(Timestamp time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), (time - seconds).count());
}

std::string readable_time(Timestamp time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
}

std::string counted(std::size_t count, std::string_view singular, std::string_view plural) {
    if (count == 1) return fmt::format("1 {}", singular);
    return plural.empty() ? fmt::format("{} {}s", count, singular) : fmt::format("{} {}", count, plural);
}

std::string shown_version(const std::optional<Version>& version) {
    return version ? version->text() : "nothing applied";
}

std::string server_message(const ErrorInfo& error) {
    if (error.sqlstate.empty() && error.native_code.empty()) return error.message;
    if (error.native_code.empty() || error.native_code == error.sqlstate)
        return fmt::format("ERROR {}: {}", error.sqlstate, error.message);
    if (error.sqlstate.empty()) return fmt::format("ERROR {}: {}", error.native_code, error.message);
    return fmt::format("ERROR {} ({}): {}", error.native_code, error.sqlstate, error.message);
}

std::string_view kept_state(const ErrorInfo& error, bool dirty) {
    const bool kept = error.kept == Kept::Part || error.kept == Kept::All;
    return kept || dirty ? "partial" : "clean";
}

std::string next_command(const ErrorInfo& error) {
    constexpr std::string_view marker = "run: ";
    const auto at = error.next.rfind(marker);
    return at == std::string::npos ? error.next : error.next.substr(at + marker.size());
}

}  // namespace godwit::cli
