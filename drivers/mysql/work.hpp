#pragma once

#include <optional>

#include "godwit/dialect.hpp"
#include "godwit/driver.hpp"

namespace godwit::mysql {

enum class Way : std::uint8_t {
    Transaction,  ///< script and ledger in one transaction
    Statements,   ///< intent, then statement by statement with progress, then the end
};

/// How a step is to be run.
struct Work {
    const Step* step = nullptr;
    std::optional<Script> reread;  ///< statements of a script that came as one unread whole
    Way way = Way::Transaction;
    bool alone = false;            ///< may not share a packet with other steps
    bool careful = false;          ///< goes statement by statement: directives, own transactions, unread text
    bool resets = false;           ///< leaves something in the session
    bool unlocks = false;          ///< may give named locks away
    bool one_by_one = false;       ///< no-transaction: each statement commits by itself
    bool skipped = false;          ///< `only` names other databases
    std::optional<Error> refusal;  ///< why it cannot be run at all

    [[nodiscard]] const Script& script() const noexcept { return reread ? *reread : step->script; }
    [[nodiscard]] std::size_t total() const noexcept { return script().statements().size(); }
};

/// What the session can take.
struct Limits {
    std::size_t max_packet = 0;  ///< bytes; 0 = not known
    bool local_files = false;    ///< LOAD DATA LOCAL is allowed
};
Work analyse(const Step& step, const Dialect& dialect, const Limits& limits);

/// Takes part in transactions: DML and queries.
bool is_transactional(const Statement& statement);
/// SET of what may be set inside a transaction and is gone with the session.
bool is_harmless_set(const Script& script, const Statement& statement);
/// Either of the two.
bool fits_transaction(const Script& script, const Statement& statement);
/// Nobody has split it: it may hold many statements.
bool is_unread(const Script& script);
/// LOAD DATA LOCAL: the server asks for a file of this machine.
bool is_local_load(std::string_view sql);
/// May stand in no packet with others. What begins with a conditional comment may be no statement at all for
/// this server, which is an error in the middle of a packet; a file that cannot be read leaves the client
/// library without the results behind it.
bool goes_alone(std::string_view sql);
/// Counts what the statement before it did: nothing of ours may stand between them.
bool looks_back(std::string_view sql);

}  // namespace godwit::mysql
