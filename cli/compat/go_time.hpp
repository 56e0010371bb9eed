#pragma once

#include <chrono>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace godwit::compat {

/// time.Duration's text: "1.5s", "21.354507597s", "850.5µs", "1h2m3s", "0s".
std::string go_duration(std::chrono::nanoseconds span);

/// A moment in a zone, as much of it as Go's layouts can show.
struct ZonedTime {
    std::tm local{};
    long nanoseconds = 0;
    long offset = 0;   ///< seconds east of UTC
    std::string zone;  ///< abbreviation: "UTC", "CET"
    std::time_t unix = 0;
};

/// `zone` as time.LoadLocation takes it: "" and "UTC", "Local", or a name of the IANA database. nullopt where
/// there is none of that name. Changes the process's TZ: call it from one thread.
std::optional<ZonedTime> in_zone(std::chrono::system_clock::time_point moment, const std::string& zone);

/// time.Time.Format: the layout is an example of the reference time Mon Jan 2 15:04:05 MST 2006.
std::string go_format(const ZonedTime& time, std::string_view layout);

}  // namespace godwit::compat
