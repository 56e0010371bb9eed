#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "godwit/error.hpp"
#include "godwit/ledger.hpp"

namespace godwit::cli {

/// "2026-11-21T05:42:38.123456Z".
std::string rfc3339(Timestamp time);
/// "2026-11-21 05:42:38": UTC, for people.
std::string readable_time(Timestamp time);
inline double milliseconds(std::chrono::microseconds span) {
    return static_cast<double>(span.count()) / 1000.0;
}
/// "1 statement", "41 statements".
std::string counted(std::size_t count, std::string_view singular, std::string_view plural = {});
/// "20240903084155", or "nothing applied".
std::string shown_version(const std::optional<Version>& version);
/// "ERROR 42703: text", "ERROR 1064 (42000): text", or the text alone where no server spoke.
std::string server_message(const ErrorInfo& error);
/// "clean" where the database kept nothing of the failed migration, else "partial".
std::string_view kept_state(const ErrorInfo& error, bool dirty);
/// The command at the end of "fix the file, then run: godwit up".
std::string next_command(const ErrorInfo& error);

}  // namespace godwit::cli
