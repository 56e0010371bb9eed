#pragma once

#include <array>
#include <span>
#include <string_view>

namespace godwit::cli {

struct ExitCode {
    int code = 0;
    std::string_view word;     ///< as help lists it
    std::string_view meaning;  ///< as the manual explains it
};

/// Every exit code of the native command line; the numbers are those of godwit::exit_code().
inline std::span<const ExitCode> exit_codes() {
    static constexpr auto kCodes = std::to_array<ExitCode>({
        {0, "done", "done, or nothing to do"},
        {1, "a migration failed", "a migration failed"},
        {2, "usage or configuration", "usage, configuration, source or plugin"},
        {3, "pending", "pending: status --check, wait --until-current; version when nothing is applied"},
        {4, "dirty", "dirty"},
        {5, "validation failed", "validation failed: checksum, order, duplicate, missing"},
        {6, "lock not acquired in time", "the lock was not free in time"},
        {7, "cannot connect",
         "cannot connect (a connection lost while a migration runs is a failed migration: 1)"},
        {130, "interrupted", "interrupted"},
    });
    return kCodes;
}

}  // namespace godwit::cli
