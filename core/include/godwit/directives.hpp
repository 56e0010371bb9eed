#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "godwit/api.hpp"
#include "godwit/deadline.hpp"

namespace godwit {

struct Dialect;

/// What `-- godwit: KEY [VALUE]` lines ask for (docs/directives.md). File-wide when they stand before the
/// first statement, else for the statement below them.
struct Directives {
    std::optional<bool> transaction;           ///< `transaction` / `no-transaction`
    std::optional<Milliseconds> timeout;       ///< `timeout 5m`: limit of each statement, on the server
    std::optional<Milliseconds> lock_timeout;  ///< `lock-timeout 2s`: limit of waiting for a table lock
    std::optional<unsigned> retry;             ///< `retry 3`: tries again after lock time-out or deadlock
    std::optional<std::string> irreversible;   ///< `irreversible REASON`: there is no way down
    std::optional<std::string> skip_if;        ///< `skip-if SQL`: skipped where its first value is true
    std::vector<std::string> only;             ///< `only postgres|mysql|mariadb|sqlite`; holds Dialect names
    std::vector<std::string> allow;            ///< `allow LINT-RULE`
    std::optional<std::uint64_t> expect_rows;  ///< `expect-rows N`: affected rows, else the step fails
    std::optional<std::string> phase;          ///< `phase expand|contract`

    /// True where nothing was asked for that a driver must act on (transaction wish excepted).
    [[nodiscard]] bool plain() const {
        return !timeout && !lock_timeout && !retry && !skip_if && only.empty() && !expect_rows;
    }
    friend bool operator==(const Directives&, const Directives&) = default;
};

/// False where `only` names databases and neither the dialect's name nor its product is among them.
[[nodiscard]] GODWIT_API bool applies_to(const Directives& directives, const Dialect& dialect);

}  // namespace godwit
