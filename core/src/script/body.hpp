#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "godwit/dialect.hpp"
#include "script/lexer.hpp"

namespace godwit::script {

/// Follows one statement, token by token, and tells whether a ';' belongs to a body in it. One object serves
/// all statements of a script.
class BodyTracker {
  public:
    BodyTracker() = default;
    virtual ~BodyTracker() = default;
    BodyTracker(const BodyTracker&) = delete;
    BodyTracker& operator=(const BodyTracker&) = delete;

    /// A statement begins with `first`. False where it cannot have a body: nothing more is to be said of it.
    virtual bool begin(const Token& token, std::string_view first) = 0;
    /// The next token of the statement, terminators inside the body too. False as in begin().
    virtual bool see(const Token& token, std::string_view text) = 0;
    /// True inside the body.
    [[nodiscard]] virtual bool open() const noexcept = 0;
    /// Byte offset of what opened the innermost block that is open.
    [[nodiscard]] virtual std::size_t opened_at() const noexcept = 0;
};

/// Null where the dialect has no such bodies.
std::unique_ptr<BodyTracker> make_body_tracker(CompoundStyle style);

std::unique_ptr<BodyTracker> make_postgres_body();
std::unique_ptr<BodyTracker> make_mysql_body();
std::unique_ptr<BodyTracker> make_sqlite_body();

}  // namespace godwit::script
