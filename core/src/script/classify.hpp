#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "godwit/dialect.hpp"
#include "godwit/script.hpp"
#include "script/lexer.hpp"

namespace godwit::script {

/// What the splitter has noticed anywhere in a statement, so that nobody needs to read it twice.
struct Features {
    bool set_config = false;     ///< the word set_config
    bool concurrently = false;   ///< the word CONCURRENTLY
    bool temporary = false;      ///< INTO TEMP, pg_temp
    bool user_variable = false;  ///< `:=`, INTO @x
    bool inline_data = false;    ///< FROM STDIN
};

/// What a driver must know of a statement before it sends it.
struct Traits {
    StatementKind kind = StatementKind::Other;
    TransactionNeed transaction = TransactionNeed::Any;
    bool sets_session_state = false;
    bool implicit_commit = false;
};

/// The first tokens of a statement, read as far as somebody asks.
class Head {
  public:
    Head(std::string_view sql, const Dialect& dialect, const Modes& modes);

    /// Text of the `index`-th token (0-based); "" behind the end and from the 17th on.
    std::string_view word(std::size_t index);
    bool is(std::size_t index, std::string_view lower);
    template <class... Words>
    bool any(std::size_t index, Words... lower) {
        return (is(index, lower) || ...);
    }
    /// The index of the first token from `from` on that is none of `skipped`.
    template <class... Words>
    std::size_t skip(std::size_t from, Words... skipped) {
        while (any(from, skipped...))
            ++from;
        return from;
    }

    [[nodiscard]] std::string_view sql() const noexcept { return sql_; }
    /// A new lexer at the start of the statement.
    [[nodiscard]] Lexer tokens() const;

  private:
    static constexpr std::size_t kMost = 16;

    std::string_view sql_;
    const Dialect* dialect_;
    Lexer lexer_;
    std::array<std::string_view, kMost> words_;
    std::size_t read_ = 0;
};

/// One row of a dialect's table: the leading keyword and what it makes of a statement.
struct Rule {
    std::string_view word;
    Traits traits;
};

Traits find_rule(std::span<const Rule> rules, std::string_view word);

/// WITH …: by the statement behind the list, and by data-modifying members of the list.
StatementKind kind_of_with(const Head& head);
/// EXPLAIN runs the statement where ANALYZE is among its words.
StatementKind kind_of_explain(Head& head);
/// True where `word` stands anywhere in the statement, outside strings, comments and quoted names.
bool contains_word(const Head& head, std::string_view lower);

Traits classify_postgresql(Head& head, const Features& features);
Traits classify_mysql(Head& head, const Features& features);
Traits classify_sqlite(Head& head);
Traits classify(Head& head, const Features& features, StatementRules rules);

}  // namespace godwit::script
