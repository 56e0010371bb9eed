#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "godwit/dialect.hpp"
#include "godwit/directives.hpp"
#include "godwit/script.hpp"
#include "script/body.hpp"
#include "script/classify.hpp"
#include "script/lexer.hpp"
#include "script/position.hpp"
#include "script/trouble.hpp"

namespace godwit::script {

/// Is shown every token of every statement.
class TokenSink {
  public:
    TokenSink() = default;
    virtual ~TokenSink() = default;
    TokenSink(const TokenSink&) = delete;
    TokenSink& operator=(const TokenSink&) = delete;

    virtual void token(std::string_view text) = 0;  ///< COPY data counts as one
    virtual void statement_end() = 0;
};

struct SplitResult {
    StatementList statements;
    Directives file;
    std::vector<Directives> own;  ///< Statement::directives counts from 1
};

/// Splits a script in one pass. An object serves one call of run(). With a sink, the statements go to it and
/// not into a list.
class Splitter {
  public:
    Splitter(const Origin& origin, const Dialect& dialect, TokenSink* sink = nullptr);
    /// Throws Errc::Statement: see Script::parse.
    SplitResult run();

  private:
    void outside(const Token& token);
    void start(const Token& token);
    void inside(const Token& token);
    void first_token(const Token& token, std::string_view text);
    void word(std::string_view text);
    void symbol(const Token& token);
    [[nodiscard]] bool ends_statement() const;
    void finish(std::size_t piece_end);
    void finish_script();
    void add(const Traits& traits);
    void keep();

    void take_directives();
    void refuse_directives(std::string_view why);
    std::size_t copy_data(std::size_t at);
    [[nodiscard]] bool is_delimiter_command(const Token& token) const;
    [[nodiscard]] bool interrupts(const Token& token) const;
    void delimiter_command(const Token& token);
    void psql_command(const Token& token);
    void adjust_modes(Head& head);

    Origin origin_;
    const Dialect& dialect_;
    TokenSink* sink_;
    Lexer lexer_;
    PositionCounter positions_;
    std::unique_ptr<BodyTracker> body_;
    SplitResult result_;

    Statement current_;
    Features features_;
    std::string_view last_;  ///< text of the last token
    std::size_t count_ = 0;  ///< statements so far
    std::size_t piece_begin_ = 0;
    std::size_t parentheses_ = 0;
    bool in_statement_ = false;
    bool first_pending_ = false;  ///< no token seen yet but what opens a conditional comment
    bool tracking_ = false;       ///< body_ follows this statement
    bool copy_ = false;           ///< it begins with COPY
};

}  // namespace godwit::script
