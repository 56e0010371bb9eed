#pragma once

#include <cstddef>
#include <optional>

#include "godwit/dialect.hpp"
#include "godwit/driver.hpp"
#include "sqlite/url.hpp"

namespace godwit::sqlite {

enum class Way : std::uint8_t {
    Transaction,  ///< script and ledger in one transaction
    Statements,   ///< intent, then statement by statement with progress, then the end
};

/// How a step is to be run.
struct Work {
    const Step* step = nullptr;
    std::optional<Script> reread;  ///< statements of a script that came as one unread whole
    Way way = Way::Transaction;
    bool alone = false;    ///< may not share a transaction with other steps
    bool resets = false;   ///< leaves something in the session
    bool skipped = false;  ///< `only` names other databases
    bool slow = false;     ///< may take long in a large file
    std::size_t lead = 0;  ///< statements before this one are settings, made before the transaction begins
    std::optional<std::size_t> nul;  ///< first NUL byte: SQLite would take it for the end

    [[nodiscard]] const Script& script() const noexcept { return reread ? *reread : step->script; }
    [[nodiscard]] std::size_t total() const noexcept { return script().statements().size(); }
};

struct WorkRules {
    bool no_tx_wrap = false;      ///< x-no-tx-wrap
    bool golang_migrate = false;  ///< a script that begins a transaction is refused, unless no_tx_wrap
};

Work analyse(const Step& step, const Dialect& dialect, const WorkRules& rules);

/// The first word of a statement in lower case.
std::string first_word(std::string_view sql);

}  // namespace godwit::sqlite
