#include <array>

#include "godwit/finding.hpp"
#include "godwit/ledger.hpp"
#include "godwit/migration.hpp"
#include "godwit/migrator.hpp"

namespace godwit {
namespace {

/// In the order of HistoryState.
constexpr std::array<std::string_view, 6> kHistoryStates{"started", "applied",  "rolled-back",
                                                         "failed",  "baseline", "forced"};
static_assert(kHistoryStates.size() == static_cast<std::size_t>(HistoryState::Forced) + 1);

/// In the order of MigrationState.
constexpr std::array<std::string_view, 8> kMigrationStates{"applied", "pending",      "failed",   "changed",
                                                           "missing", "out-of-order", "baseline", "skipped"};
static_assert(kMigrationStates.size() == static_cast<std::size_t>(MigrationState::Skipped) + 1);

}  // namespace

std::string_view severity_name(Severity severity) noexcept {
    switch (severity) {
        case Severity::Info:
            return "info";
        case Severity::Warning:
            return "warning";
        case Severity::Error:
            break;
    }
    return "error";
}

std::string_view direction_name(Direction direction) noexcept {
    return direction == Direction::Up ? "up" : "down";
}

std::string_view history_state_name(HistoryState state) noexcept {
    return kHistoryStates[static_cast<std::size_t>(state)];
}

std::optional<std::string> kept_up_script(std::string_view text) {
    if (text.size() > kMostKeptUpScript) return std::nullopt;
    return std::string(text);
}

std::optional<HistoryState> parse_history_state(std::string_view word) noexcept {
    for (std::size_t i = 0; i < kHistoryStates.size(); ++i) {
        if (kHistoryStates[i] == word) return static_cast<HistoryState>(i);
    }
    return std::nullopt;
}

std::string_view lock_role_name(LockRole role) noexcept {
    switch (role) {
        case LockRole::Holder:
            return "holder";
        case LockRole::Waiter:
            return "waiter";
        case LockRole::Blocker:
            break;
    }
    return "blocker";
}

std::string_view migration_state_name(MigrationState state) noexcept {
    return kMigrationStates[static_cast<std::size_t>(state)];
}

}  // namespace godwit
