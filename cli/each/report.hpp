#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "godwit/error.hpp"
#include "godwit/migrator.hpp"

namespace godwit::cli {

/// What became of one target.
enum class TargetOutcome : std::uint8_t {
    Done,         ///< at the goal; with --dry-run: looked at
    Failed,       ///< a migration failed, or the target could not be worked on
    Interrupted,  ///< a signal stopped it behind a migration, or cancelled it
    NotTried,     ///< --fail-fast or a signal came before it was begun
};
std::string_view target_outcome_name(TargetOutcome outcome) noexcept;  ///< "not-tried" …

struct TargetReport {
    std::string name;
    TargetOutcome outcome = TargetOutcome::NotTried;
    std::optional<Result> result;      ///< of the run, where there was one
    std::optional<ErrorInfo> error;    ///< what kept it from being one
    std::vector<std::string> planned;  ///< --dry-run: the versions that would be run
    std::chrono::microseconds took{0};
    int exit_code = 0;
};

/// What became of all of them, in the order of the list.
struct EachReport {
    std::string database;  ///< redacted; "" where every target is a URL
    std::string list;      ///< "tenants.txt", "standard input", "a query"
    std::string format;
    std::size_t jobs = 0;
    bool dry_run = false;
    bool interrupted = false;  ///< a signal was obeyed
    std::vector<TargetReport> targets;
    std::chrono::microseconds took{0};

    [[nodiscard]] std::size_t count(TargetOutcome outcome) const;
    /// Migrations applied, or with --dry-run planned, in all targets.
    [[nodiscard]] std::size_t migrations() const;
    /// The worst of the targets, as docs/cli.md ranks them; 130 where a signal left something undone.
    [[nodiscard]] int exit_code() const;
};

}  // namespace godwit::cli
