#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "godwit/dialect.hpp"

namespace godwit::script {

enum class TokenKind : std::uint8_t {
    End,
    Word,        ///< keyword or plain identifier
    Number,      ///< also a parameter such as $1
    String,      ///< with its prefix where that changes how it is read (E'…')
    QuotedName,  ///< "…", `…`, […]
    Symbol,      ///< one byte of anything else
    Terminator,  ///< ';' or what DELIMITER said
    ConditionalOpen,
    ConditionalClose,
    Unterminated,  ///< reaches to the end; Lexer::open_construct() says what it is
};

struct Token {
    TokenKind kind = TokenKind::End;
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// Which lexical rules a script can change for its own rest.
struct Modes {
    bool backslash_escapes = false;
    bool double_quoted_strings = false;
};

/// Cuts SQL into tokens, one after the other; comments and white space are passed over. Linear.
class Lexer {
  public:
    Lexer(std::string_view text, const Dialect& dialect);

    Token next();

    [[nodiscard]] std::string_view text() const noexcept { return text_; }
    [[nodiscard]] std::string_view text(const Token& token) const noexcept {
        return text_.substr(token.begin, token.end - token.begin);
    }
    [[nodiscard]] std::size_t at() const noexcept { return at_; }
    void seek(std::size_t at) noexcept { at_ = at; }

    [[nodiscard]] std::string_view delimiter() const noexcept { return delimiter_; }
    void set_delimiter(std::string_view delimiter) noexcept { delimiter_ = delimiter; }
    [[nodiscard]] bool custom_delimiter() const noexcept { return delimiter_ != ";"; }

    [[nodiscard]] const Modes& modes() const noexcept { return modes_; }
    void set_modes(const Modes& modes) noexcept { modes_ = modes; }

    /// Inside /*! … */.
    [[nodiscard]] bool in_conditional() const noexcept { return !conditionals_.empty(); }
    [[nodiscard]] std::size_t conditional_begin() const noexcept { return conditionals_.back(); }

    /// Where the line comments begin that carry a directive, in order, since the last clear.
    std::vector<std::size_t>& directive_comments() noexcept { return directive_comments_; }
    /// What an Unterminated token is: "string", "comment", "dollar-quoted string", "quoted identifier".
    [[nodiscard]] std::string_view open_construct() const noexcept { return open_construct_; }

  private:
    [[nodiscard]] char peek(std::size_t ahead) const noexcept {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    [[nodiscard]] bool starts(std::string_view what) const noexcept {
        return text_.substr(at_, what.size()) == what;
    }
    Token finish(TokenKind kind, std::size_t begin, std::size_t end) noexcept;
    Token unterminated(std::size_t begin, std::string_view what) noexcept;
    Token symbol() noexcept { return finish(TokenKind::Symbol, at_, at_ + 1); }

    Token word();
    Token number();
    Token dollar();
    Token dollar_quoted(std::size_t tag_end);
    [[nodiscard]] std::size_t end_of_dollar_tag() const noexcept;
    Token quoted(char quote, TokenKind kind, bool escapes, std::string_view what);
    Token escape_string(std::size_t begin);
    Token conditional_open();
    Token cut_at_delimiter(Token token) noexcept;
    [[nodiscard]] bool at_delimiter() const noexcept;
    [[nodiscard]] bool at_dash_comment() const noexcept;
    [[nodiscard]] bool at_conditional() const noexcept;
    void line_comment(std::size_t marker);
    bool block_comment();
    [[nodiscard]] std::size_t end_of_nested_comment() const noexcept;

    std::string_view text_;
    const Dialect* dialect_;
    Modes modes_;
    std::size_t at_ = 0;
    std::string_view delimiter_ = ";";
    bool behind_as_ = false;     ///< the last word was AS
    bool dollar_bodies_ = true;  ///< no AS $tag$ was without its end yet
    std::vector<std::size_t> conditionals_;
    std::vector<std::size_t> directive_comments_;
    std::string_view open_construct_;
};

}  // namespace godwit::script
