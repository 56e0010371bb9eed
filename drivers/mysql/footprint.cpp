#include "mysql/footprint.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "godwit/ascii.hpp"
#include "mysql/text.hpp"
#include "mysql/words.hpp"
#include "mysql/work.hpp"

namespace godwit::mysql {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::string_view kUnseen = "it changes something that godwit cannot look at";

Footprint hidden(std::string_view why) {
    return {.trace = Trace::Hidden, .why = std::string(why)};
}

Footprint repeatable() {
    return {.trace = Trace::Repeatable};
}

/// Statements that change the same things to the same however often they run.
constexpr std::array<std::string_view, 8> kRepeatable{"truncate", "analyze", "optimize", "check",
                                                      "repair",   "cache",   "flush",    "grant"};

struct Keyword {
    std::string_view word;
    std::optional<ObjectKind> kind;  ///< nullopt: nothing of it is looked at
};
constexpr std::array<Keyword, 19> kKeywords{{{"table", ObjectKind::Table},
                                             {"tables", ObjectKind::Table},
                                             {"view", ObjectKind::Table},
                                             {"sequence", ObjectKind::Table},
                                             {"index", ObjectKind::Table},
                                             {"trigger", ObjectKind::Trigger},
                                             {"procedure", ObjectKind::Procedure},
                                             {"function", ObjectKind::Function},
                                             {"package", ObjectKind::Package},
                                             {"event", ObjectKind::Event},
                                             {"database", ObjectKind::Database},
                                             {"schema", ObjectKind::Database},
                                             {"user", {}},
                                             {"role", {}},
                                             {"server", {}},
                                             {"instance", {}},
                                             {"tablespace", {}},
                                             {"logfile", {}},
                                             {"resource", {}}}};

/// Reads the words of one CREATE, ALTER, DROP or RENAME.
class Reader {
  public:
    Reader(std::string_view sql, std::string schema) : words_(words_of(sql)), schema_(std::move(schema)) {}

    Footprint read() {
        if (is(0, "rename")) return rename();
        const Keyword* const keyword = find_keyword();
        if (keyword == nullptr || !keyword->kind) {
            const bool harmless = replaces_ || says_if_exists();
            return harmless ? repeatable() : hidden(kUnseen);
        }
        kind_ = *keyword->kind;
        keyword_ = keyword->word;
        body();
        if (is(0, "create")) return create();
        if (is(0, "drop")) return drop();
        return alter();
    }

  private:
    [[nodiscard]] std::string word(std::size_t i) const {
        return i < words_.size() ? ascii_lower(words_[i]) : std::string();
    }
    [[nodiscard]] bool is(std::size_t i, std::string_view what) const { return word(i) == what; }

    /// The kind of object stands behind options such as DEFINER = … and ALGORITHM = ….
    const Keyword* find_keyword() {
        for (std::size_t i = 1; i < std::min<std::size_t>(words_.size(), 24); ++i) {
            if (is(i, "replace") && is(i - 1, "or")) replaces_ = true;
            if (is(i, "definer")) continue;
            const bool value = i > 1 && (words_[i - 1] == "=" || words_[i - 1] == "@");
            const auto* const found = std::ranges::find(kKeywords, word(i), &Keyword::word);
            if (value || found == kKeywords.end()) continue;
            at_ = i + 1;
            return found;
        }
        return nullptr;
    }

    [[nodiscard]] bool says_if_exists() const {
        for (std::size_t i = 1; i + 1 < std::min<std::size_t>(words_.size(), 24); ++i)
            if (is(i, "if") && (is(i + 1, "exists") || is(i + 1, "not"))) return true;
        return false;
    }

    void body() {
        if (kind_ != ObjectKind::Package || !is(at_, "body")) return;
        kind_ = ObjectKind::PackageBody;
        ++at_;
    }

    /// IF EXISTS, IF NOT EXISTS.
    bool condition() {
        if (!is(at_, "if")) return false;
        at_ += is(at_ + 1, "not") ? 3 : 2;
        return true;
    }

    /// The name at at_, which goes behind it; empty where there is none.
    std::optional<Touched> name(bool definition) {
        if (at_ >= words_.size() || !is_name(words_[at_])) return std::nullopt;
        Touched found{
            .kind = kind_, .schema = schema_, .name = unquoted(words_[at_]), .definition = definition};
        ++at_;
        if (at_ + 1 < words_.size() && words_[at_] == "." && is_name(words_[at_ + 1])) {
            found.schema = std::exchange(found.name, unquoted(words_[at_ + 1]));
            at_ += 2;
        }
        return found;
    }

    static Footprint seen(std::optional<Touched> object) {
        if (!object) return hidden("its words do not tell what it touches");
        return {.trace = Trace::Seen, .objects = {*std::move(object)}};
    }

    [[nodiscard]] bool has(std::string_view what) const {
        return std::ranges::any_of(words_, [&](std::string_view w) { return ascii_lower(w) == what; });
    }

    Footprint create() {
        if (replaces_) return repeatable();
        const bool conditional = condition();
        const bool fills = keyword_ == "table" && has("select");
        if (conditional && !fills) return repeatable();
        if (keyword_ == "index") return table_behind_on();
        if (kind_ == ObjectKind::Function && has("soname")) return hidden(kUnseen);
        Footprint found = seen(name(false));
        found.fills = conditional;
        if (kind_ == ObjectKind::Trigger && !found.objects.empty()) place_trigger(found.objects.front());
        return found;
    }

    /// A trigger is in the schema of its table.
    void place_trigger(Touched& trigger) {
        while (at_ < words_.size() && !is(at_, "on"))
            ++at_;
        ++at_;
        const auto table = name(false);
        if (!table) return;
        trigger.table = table->name;
        trigger.schema = table->schema;
    }

    Footprint table_behind_on() {
        while (at_ < words_.size() && !is(at_, "on"))
            ++at_;
        ++at_;
        return seen(name(true));
    }

    Footprint drop() {
        if (condition()) return repeatable();
        if (keyword_ == "index") return table_behind_on();
        Footprint found = seen(name(false));
        found.drops = true;
        while (kind_ == ObjectKind::Table && at_ < words_.size() && words_[at_] == ",") {
            ++at_;
            if (auto more = name(false)) found.objects.push_back(*std::move(more));
        }
        return found;
    }

    Footprint alter() {
        if (keyword_ == "event") return has("rename") ? seen(name(false)) : repeatable();
        if (keyword_ != "table") return repeatable();
        condition();
        auto table = name(true);
        for (std::size_t i = at_; i + 1 < words_.size(); ++i) {
            if (is(i, "exchange") && is(i + 1, "partition"))
                return hidden("EXCHANGE PARTITION leaves both tables looking as they did");
            if ((is(i, "discard") || is(i, "import")) && (is(i + 1, "tablespace") || is(i + 1, "partition")))
                return hidden("it changes files, and the table looks as it did");
        }
        return seen(std::move(table));
    }

    /// RENAME TABLE a TO b, c TO d.
    Footprint rename() {
        if (!is(1, "table") && !is(1, "tables")) return hidden(kUnseen);
        at_ = 2;
        condition();
        Footprint found{.trace = Trace::Seen};
        std::array<std::set<std::string>, 2> names;  // old ones and new ones
        for (std::size_t n = 0; at_ < words_.size(); ++n) {
            auto object = name(true);
            if (!object) return hidden("its words do not tell what it touches");
            // one object counts once: compared with itself it would be taken for two that are alike
            const std::string full = object->schema + "." + object->name;
            const bool known = names[0].contains(full) || names[1].contains(full);
            names[n % 2].insert(full);
            if (!known) found.objects.push_back(*std::move(object));
            while (at_ < words_.size() && (is(at_, "to") || is(at_, "wait") || is(at_, "nowait") ||
                                           words_[at_] == "," || is(at_ - 1, "wait")))
                ++at_;
        }
        // else a name is there afterwards that was not, or the other way round
        found.exchanges = names[0] == names[1];
        return found;
    }

    Words words_;
    std::string schema_;
    std::size_t at_ = 0;
    ObjectKind kind_ = ObjectKind::Table;
    std::string_view keyword_;  ///< what it makes, changes or drops
    bool replaces_ = false;
};

/// What USE said last before a statement.
std::string schema_at(const Script& script, std::size_t statement) {
    for (std::size_t i = statement; i-- > 0;) {
        const Statement& before = script.statements()[i];
        if (before.kind != StatementKind::Session) continue;
        const auto words = words_of(script.sql(before));
        if (words.size() > 1 && ascii_lower(words[0]) == "use") return unquoted(words[1]);
    }
    return "";
}

/// BEGIN and the like: what is behind them is noted inside the transaction they make.
Footprint controls(const std::string& word) {
    if (word == "lock")
        return hidden("nothing can be noted of the statements behind it while tables are locked");
    if (word == "xa") return hidden("nothing can be noted inside an XA transaction");
    return {.trace = Trace::Transaction};
}

}  // namespace

Footprint footprint_of(const Script& script, std::size_t statement) {
    const Statement& found = script.statements()[statement];
    if (found.kind == StatementKind::Session || is_transactional(found)) return {.trace = Trace::Transaction};
    if (found.kind == StatementKind::Ddl && !found.implicit_commit)
        return {.trace = Trace::Transaction};  // temporary tables
    if (found.kind == StatementKind::Block || found.kind == StatementKind::Other)
        return hidden("it may have done anything");
    const std::string_view sql = script.sql(found);
    if (found.kind == StatementKind::Transaction) return controls(word_at(sql, 0));
    if (found.kind != StatementKind::Ddl) return hidden(kUnseen);
    const auto words = words_of(sql.substr(0, 200));
    const std::string first = words.empty() ? "" : ascii_lower(words.front());
    if (std::ranges::find(kRepeatable, first) != kRepeatable.end() || first == "set") return repeatable();
    static constexpr std::array<std::string_view, 4> read{"create", "alter", "drop", "rename"};
    if (std::ranges::find(read, first) == read.end()) return hidden(kUnseen);
    return Reader(sql, schema_at(script, statement)).read();
}

}  // namespace godwit::mysql
