#include "script/body.hpp"

#include "script/characters.hpp"

namespace godwit::script {
namespace {

/// CREATE [OR REPLACE] FUNCTION|PROCEDURE … BEGIN ATOMIC …; … END. CASE is the only other thing that END
/// closes there, and both are reserved words: unquoted they are names only behind '.' and AS.
class PostgresBody final : public BodyTracker {
  public:
    bool begin(const Token&, std::string_view first) override {
        opened_.clear();
        last_ = Last::Other;
        armed_ = false;
        return iequals(first, "create");
    }

    bool see(const Token& token, std::string_view text) override {
        const Last before = last_;
        last_ = Last::Other;
        if (token.kind == TokenKind::Symbol && text == ".") last_ = Last::NameFollows;
        if (token.kind != TokenKind::Word) return true;
        if (!armed_) return arm(text);
        if (iequals(text, "as")) last_ = Last::NameFollows;
        if (before == Last::NameFollows) return true;
        follow(token, text, before);
        return true;
    }

    [[nodiscard]] bool open() const noexcept override { return !opened_.empty(); }
    [[nodiscard]] std::size_t opened_at() const noexcept override { return opened_.back(); }

  private:
    enum class Last : std::uint8_t { Other, NameFollows, Begin };

    bool arm(std::string_view word) {
        armed_ = is_any(word, "function", "procedure");
        return armed_ || is_any(word, "or", "replace");
    }

    void follow(const Token& token, std::string_view word, Last before) {
        if (iequals(word, "begin")) {
            last_ = Last::Begin;
            begin_ = token.begin;
        } else if (before == Last::Begin && iequals(word, "atomic")) {
            opened_.push_back(begin_);
        } else if (open() && iequals(word, "case")) {
            opened_.push_back(token.begin);
        } else if (open() && iequals(word, "end")) {
            opened_.pop_back();
        }
    }

    std::vector<std::size_t> opened_;
    std::size_t begin_ = 0;
    Last last_ = Last::Other;
    bool armed_ = false;
};

/// CREATE [TEMP] TRIGGER … BEGIN …; …; END. The END that closes it is the one that begins a statement.
class SqliteBody final : public BodyTracker {
  public:
    bool begin(const Token&, std::string_view first) override {
        armed_ = open_ = statement_start_ = name_follows_ = false;
        return iequals(first, "create");
    }

    bool see(const Token& token, std::string_view text) override {
        const bool start = statement_start_;
        const bool name = name_follows_;
        statement_start_ = token.kind == TokenKind::Terminator;
        name_follows_ = token.kind == TokenKind::Symbol && text == ".";
        if (token.kind != TokenKind::Word) return true;
        if (!armed_) return arm(text);
        if (open_) {
            if (start && iequals(text, "end")) return open_ = false;
        } else if (!name && iequals(text, "begin")) {
            open_ = statement_start_ = true;
            opened_at_ = token.begin;
        }
        name_follows_ = is_any(text, "trigger", "exists", "on");
        return true;
    }

    [[nodiscard]] bool open() const noexcept override { return open_; }
    [[nodiscard]] std::size_t opened_at() const noexcept override { return opened_at_; }

  private:
    bool arm(std::string_view word) {
        armed_ = name_follows_ = iequals(word, "trigger");
        return armed_ || is_any(word, "temp", "temporary");
    }

    std::size_t opened_at_ = 0;
    bool armed_ = false;
    bool open_ = false;
    bool statement_start_ = false;
    bool name_follows_ = false;
};

}  // namespace

std::unique_ptr<BodyTracker> make_postgres_body() {
    return std::make_unique<PostgresBody>();
}
std::unique_ptr<BodyTracker> make_sqlite_body() {
    return std::make_unique<SqliteBody>();
}

std::unique_ptr<BodyTracker> make_body_tracker(CompoundStyle style) {
    switch (style) {
        case CompoundStyle::PostgresAtomic:
            return make_postgres_body();
        case CompoundStyle::MySql:
            return make_mysql_body();
        case CompoundStyle::SqliteTrigger:
            return make_sqlite_body();
        case CompoundStyle::None:
            break;
    }
    return nullptr;
}

}  // namespace godwit::script
