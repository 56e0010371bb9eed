#include <utility>

#include "script/body.hpp"
#include "script/characters.hpp"

namespace godwit::script {
namespace {

bool is_block_word(std::string_view word) {
    return is_any(word, "begin", "if", "case", "loop", "repeat", "while", "for");
}

/// Words that a stored routine's body can begin with and none of its characteristics does.
bool is_statement_word(std::string_view word) {
    return is_any(word, "select", "insert", "update", "delete", "replace", "set", "call", "return", "with",
                  "signal", "resignal", "do", "truncate", "create", "alter", "drop", "grant", "revoke") ||
           is_any(word, "flush", "lock", "unlock", "execute", "prepare", "deallocate", "start", "commit",
                  "rollback", "show", "analyze", "optimize", "load", "rename", "kill", "values", "get");
}

/// Behind these words comes an operand, so that a following END is a name.
bool wants_operand(std::string_view word) {
    return is_any(word, "when", "then", "else", "case", "and", "or", "not", "xor", "between", "like", "in",
                  "div", "mod", "select", "distinct", "from", "where", "by", "on", "as", "interval");
}

/// Stored programs of MySQL and MariaDB as they stand in files without DELIMITER. Blocks open only where a
/// statement can begin, so that IF(), REPEAT(), `IF EXISTS` and columns named `begin` or `end` are none.
class MySqlBody final : public BodyTracker {
  public:
    bool begin(const Token& token, std::string_view first) override {
        blocks_.clear();
        last_ = {};
        depth_ = 0;
        start_ = label_ = declare_ = name_follows_ = after_end_ = false;
        handler_ = Handler::None;
        if (is_any(first, "create", "alter")) {
            phase_ = Phase::Modifiers;
        } else if (iequals(first, "begin")) {
            phase_ = Phase::Anonymous;
            begin_ = token.begin;
        } else if (is_block_word(first)) {
            enter_body(token, first);
        } else {
            return false;
        }
        return true;
    }

    bool see(const Token& token, std::string_view text) override {
        if (token.kind == TokenKind::ConditionalOpen || token.kind == TokenKind::ConditionalClose)
            return true;
        const bool more = step(token, text);
        last_ = {token.kind, text};
        return more;
    }

    [[nodiscard]] bool open() const noexcept override { return !blocks_.empty(); }
    [[nodiscard]] std::size_t opened_at() const noexcept override { return blocks_.back().at; }

  private:
    enum class Phase : std::uint8_t { Anonymous, Modifiers, Routine, Trigger, Order, Event, Body };
    enum class Kind : std::uint8_t { Begin, If, Case, CaseExpression, Loop, Repeat, Until, While, For };
    enum class Handler : std::uint8_t { None, For, Condition, Done };
    struct Block {
        Kind kind;
        std::size_t at;
    };
    struct Last {
        TokenKind kind = TokenKind::End;
        std::string_view text;
    };

    [[nodiscard]] bool last_is(std::string_view text) const { return iequals(last_.text, text); }
    [[nodiscard]] bool top_is(Kind kind) const { return open() && blocks_.back().kind == kind; }

    bool step(const Token& token, std::string_view text) {
        switch (phase_) {
            case Phase::Anonymous:
                return anonymous(text);
            case Phase::Modifiers:
                return modifier(token, text);
            case Phase::Routine:
                routine(token, text);
                return true;
            case Phase::Trigger:
                if (iequals(text, "row") && last_is("each")) phase_ = Phase::Order;
                return true;
            case Phase::Order:
                trigger_order(token, text);
                return true;
            case Phase::Event:
                event(token, text);
                return true;
            case Phase::Body:
                body(token, text);
                return true;
        }
        return true;
    }

    /// BEGIN alone starts a transaction, BEGIN NOT ATOMIC a block.
    bool anonymous(std::string_view text) {
        if (iequals(text, "not")) return true;
        if (!iequals(text, "atomic") || !last_is("not")) return false;
        blocks_.push_back({Kind::Begin, begin_});
        phase_ = Phase::Body;
        return start_ = true;
    }

    /// Between CREATE and what is created: OR REPLACE, AGGREGATE, DEFINER = user@host.
    bool modifier(const Token& token, std::string_view text) {
        const bool user = last_.text == "=" || last_.text == "@" || last_.text == ".";
        if (token.kind != TokenKind::Word || user) return true;
        name_follows_ = true;
        if (is_any(text, "procedure", "function")) {
            phase_ = Phase::Routine;
        } else if (iequals(text, "trigger")) {
            phase_ = Phase::Trigger;
        } else if (iequals(text, "event")) {
            phase_ = Phase::Event;
        } else {
            return is_any(text, "or", "replace", "aggregate", "definer");
        }
        return true;
    }

    void count_parentheses(std::string_view text) {
        if (text == "(") ++depth_;
        if (text == ")" && depth_ > 0) --depth_;
    }

    void routine(const Token& token, std::string_view text) {
        count_parentheses(text);
        if (token.kind == TokenKind::QuotedName) name_follows_ = false;
        if (token.kind != TokenKind::Word || depth_ > 0 || last_.text == ".") return;
        if (name_follows_) {
            name_follows_ = is_any(text, "if", "not", "exists");
            return;
        }
        const bool type = iequals(text, "set") && (last_is("character") || last_is("returns"));
        if (!type && (is_block_word(text) || is_statement_word(text))) enter_body(token, text);
    }

    /// FOR EACH ROW [FOLLOWS | PRECEDES other_trigger] body
    void trigger_order(const Token& token, std::string_view text) {
        if (is_any(text, "follows", "precedes") && last_is("row")) return;
        const bool name = last_is("follows") || last_is("precedes") || last_.text == ".";
        if (!name && text != ".") enter_body(token, text);
    }

    void event(const Token& token, std::string_view text) {
        count_parentheses(text);
        if (token.kind != TokenKind::Word || depth_ > 0 || !iequals(text, "do")) return;
        phase_ = Phase::Body;
        start_ = true;
    }

    void enter_body(const Token& token, std::string_view text) {
        phase_ = Phase::Body;
        start_ = true;
        body(token, text);
    }

    void body(const Token& token, std::string_view text) {
        if (token.kind == TokenKind::Terminator) return next_statement();
        if (handler_ != Handler::None && handler(token, text)) return;
        const bool was_label = std::exchange(label_, false);
        const bool started = std::exchange(start_, false);
        if (token.kind == TokenKind::Word) {
            started ? statement_word(token, text) : inner_word(token, text);
        } else if (was_label && text == ":") {
            start_ = true;
        } else {
            label_ = started && token.kind == TokenKind::QuotedName;
        }
    }

    void next_statement() {
        while (top_is(Kind::CaseExpression))
            blocks_.pop_back();
        start_ = open();
        declare_ = label_ = after_end_ = false;
        handler_ = Handler::None;
    }

    /// DECLARE … HANDLER FOR condition [, condition]… statement. True where the token was part of that.
    bool handler(const Token& token, std::string_view text) {
        if (handler_ == Handler::For) {
            if (iequals(text, "for")) handler_ = Handler::Condition;
            return true;
        }
        if (handler_ == Handler::Condition) {
            const bool prefix = token.kind == TokenKind::Word && is_any(text, "sqlstate", "value", "not");
            if (!prefix) handler_ = Handler::Done;
            return true;
        }
        if (text == ",") {
            handler_ = Handler::Condition;
            return true;
        }
        handler_ = Handler::None;
        start_ = true;
        return false;
    }

    void push(Kind kind, const Token& token, bool starts) {
        blocks_.push_back({kind, token.begin});
        start_ = starts;
    }

    void pop() {
        if (open()) blocks_.pop_back();
        after_end_ = true;
    }

    void statement_word(const Token& token, std::string_view word) {
        after_end_ = false;
        if (iequals(word, "begin")) return push(Kind::Begin, token, true);
        if (iequals(word, "if")) return push(Kind::If, token, false);
        if (iequals(word, "case")) return push(Kind::Case, token, false);
        if (iequals(word, "loop")) return push(Kind::Loop, token, true);
        if (iequals(word, "repeat")) return push(Kind::Repeat, token, true);
        if (iequals(word, "while")) return push(Kind::While, token, false);
        if (iequals(word, "for")) return push(Kind::For, token, false);
        if (iequals(word, "end")) return pop();
        // No statement begins with NOT or ATOMIC: they belong to the BEGIN before them.
        start_ = is_any(word, "else", "not", "atomic");
        declare_ = iequals(word, "declare");
        label_ = !start_;
        if (iequals(word, "until") && top_is(Kind::Repeat)) blocks_.back().kind = Kind::Until;
    }

    void inner_word(const Token& token, std::string_view word) {
        if (last_.text == "." || last_.text == "@") return;
        if (iequals(word, "then")) {
            start_ = top_is(Kind::If) || top_is(Kind::Case);
        } else if (iequals(word, "do")) {
            start_ = top_is(Kind::While) || top_is(Kind::For);
        } else if (iequals(word, "case")) {
            if (!std::exchange(after_end_, false)) blocks_.push_back({Kind::CaseExpression, token.begin});
        } else if (iequals(word, "end")) {
            if (top_is(Kind::Until) || (top_is(Kind::CaseExpression) && behind_operand())) pop_inner();
        } else if (declare_ && iequals(word, "handler")) {
            handler_ = Handler::For;
        }
    }

    /// END [REPEAT] of an UNTIL, or the END of a CASE expression, behind which another CASE is no part of it.
    void pop_inner() {
        after_end_ = top_is(Kind::Until);
        blocks_.pop_back();
    }

    [[nodiscard]] bool behind_operand() const {
        if (last_.kind == TokenKind::Symbol) return last_.text == ")";
        return last_.kind != TokenKind::Word || !wants_operand(last_.text);
    }

    std::vector<Block> blocks_;
    Last last_;
    std::size_t depth_ = 0;
    std::size_t begin_ = 0;
    Phase phase_ = Phase::Body;
    Handler handler_ = Handler::None;
    bool start_ = false;    ///< a statement of the body can begin with the next token
    bool label_ = false;    ///< the last token began one and may be a label
    bool declare_ = false;  ///< in a DECLARE
    bool name_follows_ = false;
    bool after_end_ = false;  ///< END was the last keyword: CASE belongs to it
};

}  // namespace

std::unique_ptr<BodyTracker> make_mysql_body() {
    return std::make_unique<MySqlBody>();
}

}  // namespace godwit::script
