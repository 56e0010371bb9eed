#include "mysql/replay.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "godwit/ascii.hpp"
#include "mysql/session_names.hpp"
#include "mysql/text.hpp"
#include "mysql/words.hpp"

namespace godwit::mysql {
namespace {

/// Functions whose value depends on their arguments alone, and what looks like a function in SET.
constexpr std::array<std::string_view, 22> kPure{
    "concat",  "concat_ws", "if",   "ifnull",   "nullif", "coalesce", "upper",   "lower",
    "replace", "substring", "left", "right",    "trim",   "cast",     "convert", "database",
    "schema",  "version",   "char", "greatest", "least",  "locate"};
/// Words whose value is another one each time.
constexpr std::array<std::string_view, 10> kChanging{
    "select",         "current_timestamp", "current_date", "current_time",   "localtime",
    "localtimestamp", "utc_timestamp",     "identity",     "last_insert_id", "insert_id"};

bool is_among(const auto& words, const std::string& word) {
    return std::ranges::find(words, word) != words.end();
}

bool is_beyond(const std::string& word) {
    return word == "global" || word == "persist" || word == "persist_only";
}

/// Reads the done statements from the last to the first, and gathers what is needed of them.
class Gathering {
  public:
    Gathering(const Script& script, std::size_t resume_at) : script_(script), end_(resume_at) {
        for (std::size_t i = end_; i < script_.statements().size(); ++i) {
            needed_ += ascii_lower(sql(i)) + ";";
            const StatementKind kind = statement(i).kind;
            // what a procedure reads is not written here
            calls_ = calls_ || kind == StatementKind::Block || kind == StatementKind::Other;
        }
    }

    SessionWork gather() {
        for (std::size_t i = 0; i < end_; ++i)
            globals_ =
                globals_ || (statement(i).kind == StatementKind::Session && assigns_beyond(words_of(sql(i))));
        for (std::size_t i = end_; i-- > 0;) {
            if (is_lock(i) || statement(i).sets_session_state) look_at(i);
        }
        std::ranges::reverse(work_.again);
        if (!work_.lost) work_.lost = doubtful_;
        return std::move(work_);
    }

  private:
    [[nodiscard]] Statement statement(std::size_t i) const { return script_.statements()[i]; }
    [[nodiscard]] std::string_view sql(std::size_t i) const { return script_.sql(statement(i)); }

    [[nodiscard]] bool is_lock(std::size_t i) const {
        if (statement(i).kind != StatementKind::Transaction) return false;
        const std::string word = word_at(sql(i), 0);
        return word == "lock" || word == "unlock";
    }

    void look_at(std::size_t i) {
        const auto words = words_of(sql(i));
        const std::string first = words.empty() ? "" : ascii_lower(words[0]);
        const std::string second = words.size() > 1 ? ascii_lower(words[1]) : "";
        if (first == "lock" && !unlocked_) work_.again.push_back(i);
        if (first == "lock" || first == "unlock") {
            unlocked_ = true;
        } else if (first == "set" && (second == "statement" || second == "transaction")) {
            return;  // for the next statement or transaction only
        } else if (statement(i).kind == StatementKind::Session) {
            session(i, words);
        } else if (statement(i).kind == StatementKind::Ddl) {
            temporary(i, first);
        } else if (statement(i).kind == StatementKind::Query || statement(i).kind == StatementKind::Dml) {
            if (uses_variables(i)) work_.lost = i;
        } else {
            (statement(i).kind == StatementKind::Transaction ? work_.lost : doubtful_) = i;
        }
    }

    void session(std::size_t i, const std::vector<std::string_view>& words) {
        if (assigns_beyond(words)) return;
        if (is_repeatable(words)) {
            work_.again.push_back(i);
            needed_ += ascii_lower(sql(i)) + ";";
        } else if (!sets_only_variables(words) || uses_variables(i)) {
            work_.lost = i;
        }
    }

    /// SET GLOBAL and the like: not gone with the session.
    static bool assigns_beyond(const std::vector<std::string_view>& words) {
        if (words.size() < 2 || ascii_lower(words[0]) != "set") return false;
        const std::size_t scope = words.size() > 3 && words[1] == "@" && words[2] == "@" ? 3 : 1;
        return is_beyond(ascii_lower(words[scope])) && std::ranges::find(words, ",") == words.end();
    }

    /// SET @x = …, and nothing else that could be known here.
    static bool sets_only_variables(const std::vector<std::string_view>& words) {
        if (words.size() < 3 || ascii_lower(words[0]) != "set" || words[1] != "@" || words[2] == "@")
            return false;
        int depth = 0;
        for (std::size_t w = 1; w + 1 < words.size(); ++w) {
            if (words[w] == "(") ++depth;
            if (words[w] == ")") --depth;
            if (depth == 0 && words[w] == "," && (words[w + 1] != "@" || words[w + 2] == "@")) return false;
        }
        return true;
    }

    /// Also inside the texts of PREPARE.
    [[nodiscard]] bool uses_variables(std::size_t i) const {
        SessionNames own;
        own.add(sql(i));
        return calls_ || std::ranges::any_of(own.variables, [&](const std::string& name) {
                   const std::string plain = unquoted(ascii_lower(name.substr(1)));
                   return names_variable("@" + plain) || names_variable("@`" + plain) ||
                          names_variable("@'" + plain);
               });
    }

    [[nodiscard]] bool names_variable(const std::string& name) const {
        for (auto at = needed_.find(name); at != std::string::npos; at = needed_.find(name, at + 1))
            if (!is_word_character(needed_[at + name.size()])) return true;
        return false;
    }

    /// Gives the same in a new session as it did in the old one.
    [[nodiscard]] bool is_repeatable(const std::vector<std::string_view>& words) const {
        if (ascii_lower(words[0]) != "set") return true;  // USE, PREPARE, DEALLOCATE
        for (std::size_t w = 1; w < words.size(); ++w) {
            const std::string word = ascii_lower(words[w]);
            const bool call = w + 1 < words.size() && words[w + 1] == "(" && is_word_character(word.front());
            if (is_among(kChanging, word) || (call && !is_among(kPure, word))) return false;
            const bool system = word == "@" && w > 0 && words[w - 1] == "@";
            if (is_beyond(word) || (globals_ && system)) return false;
        }
        return true;
    }

    /// Where the rest does not name the table it is not missed.
    void temporary(std::size_t i, const std::string& first) {
        if (first != "create") return;
        SessionNames own;
        own.add(sql(i));
        for (std::size_t k = end_; k < script_.statements().size(); ++k)
            for (const std::string& table : own.tables)
                if (mentions(sql(k), ascii_lower(unquoted(table)))) work_.lost = i;
    }

    const Script& script_;
    std::size_t end_;
    std::string needed_;                   ///< the text that is run in the new session, in lower case
    bool calls_ = false;                   ///< procedures are called there
    bool globals_ = false;                 ///< a done statement set something of the server's
    bool unlocked_ = false;                ///< LOCK and UNLOCK TABLES before this one do not count any more
    std::optional<std::size_t> doubtful_;  ///< CALL, EXECUTE: anything
    SessionWork work_;
};

}  // namespace

SessionWork session_work(const Script& script, std::size_t resume_at) {
    if (resume_at == 0) return {};
    return Gathering(script, std::min(resume_at, script.statements().size())).gather();
}

}  // namespace godwit::mysql
