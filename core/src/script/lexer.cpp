#include "script/lexer.hpp"

#include <cstring>

#include "script/characters.hpp"

namespace godwit::script {
namespace {

constexpr std::string_view kString = "string";
constexpr std::string_view kQuotedIdentifier = "quoted identifier";

std::size_t find_byte(std::string_view text, char byte, std::size_t from) {
    if (from >= text.size()) return kNone;
    const void* found = std::memchr(text.data() + from, byte, text.size() - from);
    if (found == nullptr) return kNone;
    return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

/// Behind the closing quote of what opened just before `at`; a doubled quote is part of it.
std::size_t end_of_quoted(std::string_view text, std::size_t at, char quote) {
    while (true) {
        const std::size_t found = find_byte(text, quote, at);
        if (found == kNone) return kNone;
        if (found + 1 >= text.size() || text[found + 1] != quote) return found + 1;
        at = found + 2;
    }
}

/// The same where a backslash takes the next byte's meaning away.
std::size_t end_of_escaped(std::string_view text, std::size_t at, char quote) {
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\\') {
            ++at;
        } else if (c == quote) {
            if (at + 1 >= text.size() || text[at + 1] != quote) return at + 1;
            ++at;
        }
    }
    return kNone;
}

/// `'…'` goes on behind white space with a line break in it (SQL's string continuation).
std::size_t continued_string(std::string_view text, std::size_t at) {
    bool line_break = false;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\n' || c == '\r') {
            line_break = true;
        } else if (c == '-' && line_break && at + 1 < text.size() && text[at + 1] == '-') {
            at = text.find_first_of("\r\n", at);
            if (at == kNone) return kNone;
        } else if (!is_blank(c)) {
            return line_break && c == '\'' ? at : kNone;
        }
    }
    return kNone;
}

bool is_directive(std::string_view comment) {
    const std::size_t begin = comment.find_first_not_of(" \t");
    return begin != kNone && iequals(comment.substr(begin, 7), "godwit:");
}

}  // namespace

Lexer::Lexer(std::string_view text, const Dialect& dialect)
    : text_(text),
      dialect_(&dialect),
      modes_{dialect.backslash_escapes, dialect.double_quoted_strings},
      at_(text.starts_with("\xEF\xBB\xBF") ? 3 : 0) {}

Token Lexer::finish(TokenKind kind, std::size_t begin, std::size_t end) noexcept {
    at_ = end;
    return {kind, begin, end};
}

Token Lexer::unterminated(std::size_t begin, std::string_view what) noexcept {
    open_construct_ = what;
    return finish(TokenKind::Unterminated, begin, text_.size());
}

bool Lexer::at_delimiter() const noexcept {
    if (!starts(delimiter_)) return false;
    const std::size_t end = at_ + delimiter_.size();
    // A delimiter that is a word ("GO") must not be found in the front part of a longer one.
    const char last = delimiter_.back();
    return last == '$' || !is_word_byte(last) || end >= text_.size() || !is_word_byte(text_[end]);
}

bool Lexer::at_dash_comment() const noexcept {
    if (peek(1) != '-') return false;
    if (!dialect_->dash_comment_needs_space || at_ + 2 >= text_.size()) return true;
    const auto third = static_cast<unsigned char>(text_[at_ + 2]);
    return third <= ' ' || third == 0x7F;
}

/// `/*!` and `/*M!` are code, but for version 999999, which no server will reach: MariaDB's dumps mark what
/// is meant for its client alone with it.
bool Lexer::at_conditional() const noexcept {
    if (!dialect_->conditional_comments) return false;
    const std::size_t bang = peek(2) == 'M' ? 3 : 2;
    return peek(bang) == '!' && text_.substr(at_ + bang + 1, 6) != "999999";
}

Token Lexer::conditional_open() {
    const std::size_t begin = at_;
    conditionals_.push_back(begin);
    std::size_t end = begin + (text_[begin + 2] == 'M' ? 4 : 3);
    for (std::size_t digits = 0; digits < 6 && end < text_.size() && is_digit(text_[end]); ++digits)
        ++end;
    return finish(TokenKind::ConditionalOpen, begin, end);
}

void Lexer::line_comment(std::size_t marker) {
    const std::size_t begin = at_;
    std::size_t end = find_byte(text_, '\n', begin);
    if (end == kNone) end = text_.size();
    if (dialect_->cr_ends_comment) {
        const std::size_t cr = find_byte(text_.substr(0, end), '\r', begin);
        if (cr != kNone) end = cr;
    }
    if (is_directive(text_.substr(begin + marker, end - begin - marker)))
        directive_comments_.push_back(begin);
    at_ = end;
}

std::size_t Lexer::end_of_nested_comment() const noexcept {
    std::size_t depth = 0;
    for (std::size_t at = at_; at + 1 < text_.size(); ++at) {
        if (text_[at] == '/' && text_[at + 1] == '*') {
            ++depth;
            ++at;
        } else if (text_[at] == '*' && text_[at + 1] == '/') {
            ++at;
            if (--depth == 0) return at + 1;
        }
    }
    return kNone;
}

/// False where it has no end.
bool Lexer::block_comment() {
    std::size_t end = kNone;
    if (dialect_->nested_comments) {
        end = end_of_nested_comment();
    } else if (const std::size_t close = text_.find("*/", at_ + 2); close != kNone) {
        end = close + 2;
    }
    if (end == kNone) return false;
    at_ = end;
    return true;
}

Token Lexer::quoted(char quote, TokenKind kind, bool escapes, std::string_view what) {
    const std::size_t begin = at_;
    const std::size_t end =
        escapes ? end_of_escaped(text_, begin + 1, quote) : end_of_quoted(text_, begin + 1, quote);
    return end == kNone ? unterminated(begin, what) : finish(kind, begin, end);
}

/// E'…' from its quote on, with everything that continues it: escapes hold there too.
Token Lexer::escape_string(std::size_t begin) {
    std::size_t end = at_;
    for (std::size_t quote = at_; quote != kNone; quote = continued_string(text_, end)) {
        end = end_of_escaped(text_, quote + 1, '\'');
        if (end == kNone) return unterminated(begin, kString);
    }
    return finish(TokenKind::String, begin, end);
}

Token Lexer::word() {
    const std::size_t begin = at_;
    std::size_t end = begin + 1;
    while (end < text_.size() && is_word_byte(text_[end]))
        ++end;
    at_ = end;
    behind_as_ = end - begin == 2 && iequals(text_.substr(begin, 2), "as");
    if (dialect_->e_strings && end - begin == 1 && ascii_lower(text_[begin]) == 'e' && peek(0) == '\'')
        return escape_string(begin);
    return {TokenKind::Word, begin, end};
}

/// Everything that looks like one: 1e5, 0xFF, 1_000, 1.5. A sign inside an exponent is a symbol of its own.
Token Lexer::number() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && ((is_word_byte(text_[end]) && text_[end] != '$') || text_[end] == '.'))
        ++end;
    return finish(TokenKind::Number, at_, end);
}

/// Behind the second '$' of the tag at the lexer's place, or kNone.
std::size_t Lexer::end_of_dollar_tag() const noexcept {
    if (is_digit(peek(1))) return kNone;
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '$' && is_word_byte(text_[end]))
        ++end;
    return end < text_.size() && text_[end] == '$' ? end + 1 : kNone;
}

Token Lexer::dollar_quoted(std::size_t tag_end) {
    const std::string_view tag = text_.substr(at_, tag_end - at_);
    const std::size_t close = text_.find(tag, tag_end);
    if (close == kNone) return unterminated(at_, "dollar-quoted string");
    return finish(TokenKind::String, at_, close + tag.size());
}

Token Lexer::dollar() {
    const std::size_t tag_end = end_of_dollar_tag();
    if (dialect_->dollar_quotes) {
        if (tag_end != kNone) return dollar_quoted(tag_end);
        return is_digit(peek(1)) ? number() : symbol();
    }
    // MySQL 9 quotes JavaScript like this. Elsewhere '$' is a letter there, so a tag may well have no second
    // one; having searched the whole rest for it once is enough.
    if (dialect_->rules == StatementRules::MySql && behind_as_ && tag_end != kNone && dollar_bodies_) {
        dollar_bodies_ = text_.find(text_.substr(at_, tag_end - at_), tag_end) != kNone;
        if (dollar_bodies_) return dollar_quoted(tag_end);
    }
    return word();
}

/// Delimiters such as $$ may stand right behind a word, of which '$' could be a part.
Token Lexer::cut_at_delimiter(Token token) noexcept {
    if (token.kind != TokenKind::Word && token.kind != TokenKind::Number) return token;
    const char first = delimiter_.front();
    if (is_word_byte(first) && first != '$') return token;
    const std::size_t window = token.end - token.begin + delimiter_.size() - 1;
    const std::size_t found = text_.substr(token.begin, window).find(delimiter_);
    if (found == kNone || found == 0 || token.begin + found >= token.end) return token;
    at_ = token.begin + found;
    const bool cuts = at_delimiter();
    at_ = token.end;
    if (!cuts) return token;
    return finish(token.kind, token.begin, token.begin + found);
}

Token Lexer::next() {
    while (at_ < text_.size()) {
        const char c = text_[at_];
        if (custom_delimiter() && at_delimiter())
            return finish(TokenKind::Terminator, at_, at_ + delimiter_.size());
        switch (char_class(c)) {
            case CharClass::Blank:
                ++at_;
                continue;
            case CharClass::Letter:
                return custom_delimiter() ? cut_at_delimiter(word()) : word();
            case CharClass::Digit:
                return custom_delimiter() ? cut_at_delimiter(number()) : number();
            case CharClass::Quote:
                return quoted(c, TokenKind::String, modes_.backslash_escapes, kString);
            case CharClass::DoubleQuote:
                if (modes_.double_quoted_strings)
                    return quoted(c, TokenKind::String, modes_.backslash_escapes, kString);
                return quoted(c, TokenKind::QuotedName, false, kQuotedIdentifier);
            case CharClass::Backtick:
                if (!dialect_->backticks) return symbol();
                return quoted(c, TokenKind::QuotedName, false, kQuotedIdentifier);
            case CharClass::Bracket: {
                if (!dialect_->brackets) return symbol();
                const std::size_t close = find_byte(text_, ']', at_);
                if (close == kNone) return unterminated(at_, kQuotedIdentifier);
                return finish(TokenKind::QuotedName, at_, close + 1);
            }
            case CharClass::Dollar:
                return custom_delimiter() ? cut_at_delimiter(dollar()) : dollar();
            case CharClass::Dash:
                if (!at_dash_comment()) return symbol();
                line_comment(2);
                continue;
            case CharClass::Hash:
                if (!dialect_->hash_comments) return symbol();
                line_comment(1);
                continue;
            case CharClass::Slash:
                if (peek(1) != '*') return symbol();
                if (at_conditional()) return conditional_open();
                if (!block_comment()) return unterminated(at_, "comment");
                continue;
            case CharClass::Star:
                if (conditionals_.empty() || peek(1) != '/') return symbol();
                conditionals_.pop_back();
                return finish(TokenKind::ConditionalClose, at_, at_ + 2);
            case CharClass::Semicolon:
                return finish(custom_delimiter() ? TokenKind::Symbol : TokenKind::Terminator, at_, at_ + 1);
            case CharClass::Other:
                return symbol();
        }
    }
    return {TokenKind::End, text_.size(), text_.size()};
}

}  // namespace godwit::script
