#pragma once

#include <optional>

#include "godwit/dialect.hpp"
#include "godwit/driver.hpp"

namespace godwit::postgresql {

enum class Way : std::uint8_t {
    Transaction,  ///< script and ledger in one transaction
    Statements,   ///< intent, then statement by statement with progress, then the end
};

/// How a step is to be run.
struct Work {
    const Step* step = nullptr;
    std::optional<Script> reread;  ///< statements of a script that came as one unread whole
    Way way = Way::Transaction;
    bool alone = false;                   ///< may not share a round trip
    bool resets = false;                  ///< leaves something in the session
    bool unlocks = false;                 ///< may give the migration lock away
    bool may_change_way = true;           ///< nobody demanded a transaction: the other way may be tried
    bool skipped = false;                 ///< `only` names other databases
    std::optional<std::size_t> bad_byte;  ///< first byte that is not UTF-8
    std::optional<Error> refusal;         ///< why it cannot be run at all

    [[nodiscard]] const Script& script() const noexcept { return reread ? *reread : step->script; }
    [[nodiscard]] std::size_t total() const noexcept { return script().statements().size(); }
};

Work analyse(const Step& step, const Dialect& dialect, bool multi_statement);

}  // namespace godwit::postgresql
