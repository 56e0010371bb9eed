#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "godwit/api.hpp"
#include "godwit/dialect.hpp"
#include "godwit/directives.hpp"
#include "godwit/statement.hpp"

namespace godwit {

class Script;

namespace script {
class Checksums;
Script parse_utf8(std::string text, const Dialect& dialect, std::string file);
}  // namespace script

/// A line/column pair, 1-based, columns in characters (UTF-8 code points).
struct Position {
    std::size_t line = 1;
    std::size_t column = 1;
};

/// A script split into statements. Immutable; copies share text and statements. Thread-safe for reading.
class GODWIT_API Script {
  public:
    /// Splits `text`. `file` is for messages only. Keeps `text` (with its BOM and CRs) unchanged.
    /// Throws Errc::Statement with file, line and column for: unterminated string, comment, dollar quote
    /// or compound statement; NUL byte; UTF-16; 4 GiB or more; invalid UTF-8 is kept (the server judges it);
    /// psql meta-commands other than \restrict and \unrestrict; COPY data without its end; an unknown or
    /// malformed directive (with a suggestion).
    static Script parse(std::string text, const Dialect& dialect, std::string file = {});

    /// The text as one statement of kind Other, unread: for who sends a script to the server as it is. No
    /// statement where it holds nothing but white space.
    static Script whole(std::string text, const Dialect& dialect, std::string file = {});

    /// The same text split by `dialect`, for a script that came as a whole(). Shares the text with this one.
    /// Throws as parse() does.
    [[nodiscard]] Script split_again(const Dialect& dialect) const;

    [[nodiscard]] const std::string& text() const noexcept { return *content().text; }
    [[nodiscard]] const std::string& file() const noexcept { return content().file; }
    [[nodiscard]] const StatementList& statements() const noexcept { return content().statements; }
    [[nodiscard]] bool empty() const noexcept { return statements().empty(); }
    /// File-wide directives.
    [[nodiscard]] const Directives& directives() const noexcept { return directives_; }
    /// The statement's own directives (those above it), without the file-wide ones; empty where it has none.
    [[nodiscard]] const Directives& directives(const Statement& statement) const noexcept;
    [[nodiscard]] std::string_view sql(const Statement& statement) const noexcept;
    [[nodiscard]] std::string_view copy_data(const Statement& statement) const noexcept;
    /// Line and column of a byte offset; linear in the offset.
    [[nodiscard]] Position position_of(std::size_t offset) const noexcept;
    /// The line at `offset` behind "  14 | ", and a line with carets below the word at `offset`. Long lines
    /// are cut around it to 120 characters; tabs become blanks, invalid UTF-8 U+FFFD: it is always valid
    /// UTF-8.
    [[nodiscard]] std::string excerpt(std::size_t offset) const;
    /// Lower-case hex SHA-256 over the exact bytes of the text.
    [[nodiscard]] std::string sha256() const;
    /// Lower-case hex SHA-256 over the tokens: comments and white space left out.
    [[nodiscard]] std::string token_sha256() const;
    /// Begins to compute both on a thread of its own, where the text is long enough to be worth one; who asks
    /// for them later gets these, or waits. For who will want them behind something slow.
    void begin_checksums() const;
    /// For each statement the first 8 digits of the SHA-256 of its tokens, for telling which of them changed.
    /// Empty for whole(): nobody knows its statements.
    [[nodiscard]] std::vector<std::string> statement_hashes() const;

    /// The text was looked at when it was read, and is UTF-8 without NUL. False where nobody has looked.
    [[nodiscard]] bool is_known_utf8() const noexcept;

    Script() = default;

    /// The same script, with a file-wide `retry` where it asks for none itself.
    [[nodiscard]] Script with_default_retry(unsigned tries) &&;

  private:
    using Text = std::shared_ptr<const std::string>;
    static Script split(Text text, const Dialect& dialect, std::string file);
    friend Script script::parse_utf8(std::string text, const Dialect& dialect, std::string file);

    struct Content {
        Text text;  ///< never null
        std::string file;
        StatementList statements;
        std::vector<Directives> own;  ///< of statements; Statement::directives counts from 1; 0 = none
        Dialect dialect;
        std::shared_ptr<script::Checksums> checksums;  ///< null where they are not worth a thread
        bool utf8 = false;                             ///< see is_known_utf8()
    };
    static std::shared_ptr<Content> content_of(Text text, const Dialect& dialect, std::string file);
    static Script split(std::shared_ptr<Content> content);
    [[nodiscard]] const Content& content() const noexcept;

    std::shared_ptr<const Content> content_;  ///< null: an empty script
    Directives directives_;
};

/// Byte offset of the `characters`-th character (0-based) of `text`; text.size() where it is shorter.
/// Servers count characters: this maps their positions back.
GODWIT_API std::size_t byte_offset_of_character(std::string_view text, std::size_t characters) noexcept;

}  // namespace godwit
