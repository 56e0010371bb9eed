#include "script/splitter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "script/characters.hpp"
#include "script/directives.hpp"
#include "text/blocks.hpp"

namespace godwit::script {
namespace {

constexpr std::size_t kLongestDelimiter = 64;

std::uint32_t narrow(std::size_t offset) {
    return static_cast<std::uint32_t>(offset);
}

/// The rest of the line from `at` on, without the line break and a carriage return before it.
std::string_view rest_of_line(std::string_view text, std::size_t at) {
    std::string_view rest = text.substr(at, std::min(text.find('\n', at), text.size()) - at);
    if (rest.ends_with('\r')) rest.remove_suffix(1);
    return rest;
}

std::string_view first_word(std::string_view text) {
    const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
    return text.substr(begin, std::min(text.find_first_of(" \t", begin), text.size()) - begin);
}

bool only_blanks_before(std::string_view text, std::size_t at) {
    while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t'))
        --at;
    return at == 0 || text[at - 1] == '\n';
}

/// Data may be by the hundred megabytes, and hold a backslash in every word (`\N`) or none at all: where one
/// is found, the next blocks are looked at without stopping at each.
std::size_t find_backslash_dot(std::string_view text, std::size_t at) {
    constexpr std::size_t kStretch = 4096;
    for (at = text.find('\\', at); at != kNone; at = text.find('\\', at)) {
        const std::size_t stop = at + kStretch;
        while (at < stop && at + sizeof(ByteBlock) < text.size() && !holds_pair(text.data() + at, '\\', '.'))
            at += sizeof(ByteBlock);
        if (at < stop) return text.find("\\.", at);
    }
    return kNone;
}

/// `\.` alone on its line, at or behind `at`.
std::size_t end_of_copy_data(std::string_view text, std::size_t at) {
    for (std::size_t found = find_backslash_dot(text, at); found != kNone;
         found = find_backslash_dot(text, found + 2)) {
        const bool at_start = found == at || text[found - 1] == '\n';
        if (at_start && rest_of_line(text, found).size() == 2) return found;
    }
    return kNone;
}

/// Modes that are computed from the present ones cannot be known here and are taken to stay as they are.
bool sets_sql_mode(Head& head, const Dialect& dialect) {
    return dialect.rules == StatementRules::MySql && !head.any(1, "global", "persist", "persist_only") &&
           contains_word(head, "sql_mode") && !contains_word(head, "replace");
}

}  // namespace

Splitter::Splitter(const Origin& origin, const Dialect& dialect, TokenSink* sink)
    : origin_(origin),
      dialect_(dialect),
      sink_(sink),
      lexer_(origin.text, dialect),
      positions_(origin.text),
      body_(make_body_tracker(dialect.compound)) {}

SplitResult Splitter::run() {
    for (Token token = lexer_.next(); token.kind != TokenKind::End; token = lexer_.next()) {
        if (token.kind == TokenKind::Unterminated)
            refuse(origin_, token.begin, fmt::format("unterminated {}", lexer_.open_construct()),
                   "it begins here and has no end in this file");
        if (in_statement_)
            inside(token);
        else
            outside(token);
    }
    finish_script();
    return std::move(result_);
}

void Splitter::outside(const Token& token) {
    if (token.kind == TokenKind::Terminator) return;  // an empty statement
    if (is_delimiter_command(token)) return delimiter_command(token);
    if (dialect_.psql_commands && origin_.text[token.begin] == '\\') return psql_command(token);
    start(token);
    inside(token);
}

void Splitter::start(const Token& token) {
    const Position position = positions_.advance_to(token.begin);
    current_ = {};
    current_.piece_begin = narrow(piece_begin_);
    current_.begin = narrow(token.begin);
    current_.line = narrow(position.line);
    current_.column = narrow(position.column);
    features_ = {};
    last_ = {};
    parentheses_ = 0;
    in_statement_ = first_pending_ = true;
    tracking_ = copy_ = false;
    take_directives();
}

void Splitter::inside(const Token& token) {
    const std::string_view text = lexer_.text(token);
    const bool conditional =
        token.kind == TokenKind::ConditionalOpen || token.kind == TokenKind::ConditionalClose;
    if (token.kind == TokenKind::Word && text.size() == 9 && interrupts(token)) {
        finish(token.begin);
        return delimiter_command(token);
    }
    if (first_pending_) {
        if (!conditional) first_token(token, text);
    } else if (tracking_) {
        tracking_ = body_->see(token, text);
    }
    if (token.kind == TokenKind::Terminator && ends_statement()) return finish(token.end);
    if (token.kind == TokenKind::Word) word(text);
    if (token.kind == TokenKind::Symbol) symbol(token);
    last_ = text;
    current_.end = narrow(token.end);
    if (sink_ != nullptr) sink_->token(text);
}

void Splitter::first_token(const Token& token, std::string_view text) {
    first_pending_ = false;
    if (token.kind != TokenKind::Word) return;
    copy_ = dialect_.copy_from_stdin && iequals(text, "copy");
    // Between DELIMITER lines the script itself says where bodies end.
    tracking_ = body_ != nullptr && !lexer_.custom_delimiter() && body_->begin(token, text);
}

/// Notes words of which a statement's attitude may depend, wherever they stand. Runs for every word of every
/// statement: the size sorts out nearly all.
void Splitter::word(std::string_view text) {
    switch (text.size()) {
        case 4:
            if (iequals(text, "temp") && iequals(last_, "into")) features_.temporary = true;
            break;
        case 5:
            if (copy_ && iequals(text, "stdin") && iequals(last_, "from")) features_.inline_data = true;
            break;
        case 7:
            if (iequals(text, "pg_temp")) features_.temporary = true;
            break;
        case 9:
            if (iequals(text, "temporary") && iequals(last_, "into")) features_.temporary = true;
            break;
        case 10:
            if (iequals(text, "set_config")) features_.set_config = true;
            break;
        case 12:
            if (iequals(text, "concurrently")) features_.concurrently = true;
            break;
        default:
            break;
    }
}

void Splitter::symbol(const Token& token) {
    switch (origin_.text[token.begin]) {
        case '(':
            ++parentheses_;
            break;
        case ')':
            if (parentheses_ > 0) --parentheses_;
            break;
        case '@':
            if (iequals(last_, "into")) features_.user_variable = true;
            break;
        case ':':
            if (token.end < origin_.text.size() && origin_.text[token.end] == '=')
                features_.user_variable = true;
            break;
        case '\\':
            if (dialect_.psql_commands) psql_command(token);
            break;
        default:
            break;
    }
}

bool Splitter::ends_statement() const {
    if (lexer_.in_conditional()) return false;
    // CREATE RULE … DO (…; …): psql counts parentheses for it in all statements.
    if (dialect_.rules == StatementRules::PostgreSql && parentheses_ > 0) return false;
    return !tracking_ || !body_->open();
}

void Splitter::finish(std::size_t piece_end) {
    in_statement_ = false;
    refuse_directives("a godwit directive stands inside a statement");
    Head head(origin_.text.substr(current_.begin, current_.end - current_.begin), dialect_, lexer_.modes());
    const Traits traits = classify(head, features_, dialect_.rules);
    if (traits.kind == StatementKind::Session) adjust_modes(head);
    if (traits.kind == StatementKind::Copy) piece_end = copy_data(piece_end);
    current_.piece_end = narrow(piece_end);
    piece_begin_ = piece_end;
    add(traits);
}

void Splitter::add(const Traits& traits) {
    current_.kind = traits.kind;
    current_.transaction = traits.transaction;
    current_.sets_session_state = traits.sets_session_state;
    current_.implicit_commit = traits.implicit_commit;
    if (current_.directives != 0) {
        const auto wish = result_.own[current_.directives - 1].transaction;
        if (wish && !*wish && traits.transaction == TransactionNeed::Any)
            current_.transaction = TransactionNeed::Refuses;
        if (wish && *wish && traits.transaction == TransactionNeed::Refuses)
            current_.transaction = TransactionNeed::Any;
    }
    ++count_;
    if (sink_ != nullptr)
        sink_->statement_end();
    else
        keep();
}

void Splitter::keep() {
    constexpr std::size_t kSample = 1024;
    result_.statements.push_back(current_);
    if (count_ == kSample) result_.statements.expect_times(origin_.text.size() / piece_begin_ + 1);
}

void Splitter::finish_script() {
    if (lexer_.in_conditional())
        refuse(origin_, lexer_.conditional_begin(), "unterminated comment",
               "it begins here and has no end in this file");
    if (in_statement_) {
        if (tracking_ && body_->open())
            refuse(origin_, body_->opened_at(), "unterminated compound statement",
                   "the block that begins here has no END");
        refuse_directives("no statement follows this godwit directive");
        finish(origin_.text.size());
    } else if (count_ == 0) {
        Directives none;
        for (const std::size_t offset : std::exchange(lexer_.directive_comments(), {}))
            read_directive(origin_, offset, dialect_, {result_.file, none, true});
    }
    refuse_directives("no statement follows this godwit directive");
    if (!result_.statements.empty()) result_.statements.end_last_piece(narrow(origin_.text.size()));
}

void Splitter::take_directives() {
    auto& comments = lexer_.directive_comments();
    if (comments.empty()) return;
    Directives own;
    for (const std::size_t offset : comments)
        read_directive(origin_, offset, dialect_, {result_.file, own, count_ == 0});
    comments.clear();
    if (own == Directives{}) return;
    result_.own.push_back(std::move(own));
    current_.directives = narrow(result_.own.size());
}

void Splitter::refuse_directives(std::string_view why) {
    if (lexer_.directive_comments().empty()) return;
    refuse(origin_, lexer_.directive_comments().front(), std::string(why),
           "put it on a line of its own, above the statement it is for");
}

/// Finds the data behind COPY … FROM stdin and goes on behind it. Returns where the piece ends.
std::size_t Splitter::copy_data(std::size_t at) {
    const std::string_view text = origin_.text;
    const std::size_t begin = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::string_view behind = rest_of_line(text, at);
    const std::string_view first = first_word(behind);
    if (!first.empty() && !first.starts_with("--"))
        refuse(origin_, static_cast<std::size_t>(first.data() - text.data()), "text behind COPY … FROM stdin",
               "the data begins on the next line");
    const std::size_t end = end_of_copy_data(text, begin);
    if (end == kNone)
        refuse(origin_, current_.begin, "COPY data without its end",
               "a line with \\. alone must follow the data");
    current_.copy_data_begin = narrow(begin);
    current_.copy_data_end = narrow(end);
    if (sink_ != nullptr) sink_->token(text.substr(begin, end - begin));
    lexer_.seek(std::min(text.find('\n', end), text.size() - 1) + 1);
    return lexer_.at();
}

bool Splitter::is_delimiter_command(const Token& token) const {
    return dialect_.delimiter_command && token.kind == TokenKind::Word &&
           iequals(lexer_.text(token), "delimiter");
}

/// A DELIMITER line behind a statement without an end. A column may have that name too: only what is nothing
/// but a delimiter behind it makes the line a command.
bool Splitter::interrupts(const Token& token) const {
    if (!is_delimiter_command(token) || !only_blanks_before(origin_.text, token.begin)) return false;
    const std::string_view line = rest_of_line(origin_.text, token.end);
    const std::string_view argument = first_word(line);
    if (argument.empty() || argument.find_first_not_of("$/;|@~!^&") != kNone) return false;
    return first_word(line.substr(static_cast<std::size_t>(argument.data() + argument.size() - line.data())))
        .empty();
}

void Splitter::delimiter_command(const Token& token) {
    const std::string_view line = rest_of_line(origin_.text, token.end);
    const std::string_view delimiter = first_word(line);
    if (delimiter.empty())
        refuse(origin_, token.begin, "DELIMITER without a delimiter", "write DELIMITER // or DELIMITER ;");
    if (delimiter.size() > kLongestDelimiter || delimiter.find('\\') != kNone)
        refuse(origin_, token.begin, "DELIMITER with a delimiter that cannot be one",
               "use a few characters without a backslash, such as //");
    lexer_.set_delimiter(delimiter);
    lexer_.seek(token.end + line.size());
}

/// Behind DELIMITER and `\restrict` nothing is left of the line; everything else is for psql alone.
void Splitter::psql_command(const Token& token) {
    const std::string_view line = rest_of_line(origin_.text, token.begin);
    const std::string_view command = first_word(line);
    if (!in_statement_ && (command == "\\restrict" || command == "\\unrestrict")) {
        lexer_.seek(token.begin + line.size());
        return;
    }
    if (command == "\\.")
        refuse(origin_, token.begin, "end of COPY data (\\.) without COPY … FROM stdin before it",
               "remove the line");
    refuse(origin_, token.begin, fmt::format("psql meta-command {}: only psql can run it", command),
           "remove the line, or write what it does in SQL");
}

/// SET statements that change how the rest of the script is read.
void Splitter::adjust_modes(Head& head) {
    if (!head.is(0, "set")) return;
    Modes modes = lexer_.modes();
    const std::size_t name = head.skip(1, "session", "local");
    if (dialect_.e_strings && head.is(name, "standard_conforming_strings")) {
        modes.backslash_escapes = head.any(name + 2, "off", "'off'", "false", "0");
    } else if (sets_sql_mode(head, dialect_)) {
        std::string upper(head.sql());
        std::transform(upper.begin(), upper.end(), upper.begin(),
                       [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
        const auto says = [&](std::string_view mode) { return upper.find(mode) != std::string::npos; };
        modes.backslash_escapes = dialect_.backslash_escapes && !says("NO_BACKSLASH_ESCAPES");
        modes.double_quoted_strings = dialect_.double_quoted_strings && !says("ANSI");
    }
    lexer_.set_modes(modes);
}

}  // namespace godwit::script
