#include "postgresql/concurrent_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "postgresql/text.hpp"

namespace godwit::postgresql {
namespace {

/// Words, quoted names and single characters of a statement; comments and blanks left out.
class Tokens {
  public:
    explicit Tokens(std::string_view sql) : rest_(sql) {}

    std::string_view next() {
        skip();
        if (rest_.empty()) return {};
        std::size_t size = 1;
        if (rest_.front() == '"')
            size = quoted();
        else if (in_word(rest_.front()))
            while (size < rest_.size() && in_word(rest_[size]))
                ++size;
        const std::string_view token = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return token;
    }

  private:
    static bool in_word(char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
               static_cast<unsigned char>(c) >= 0x80;
    }

    [[nodiscard]] std::size_t quoted() const {
        for (std::size_t at = 1; at < rest_.size(); ++at) {
            if (rest_[at] != '"') continue;
            if (at + 1 == rest_.size() || rest_[at + 1] != '"') return at + 1;
            ++at;
        }
        return rest_.size();
    }

    void skip() {
        while (!rest_.empty()) {
            if (std::isspace(static_cast<unsigned char>(rest_.front())) != 0)
                rest_.remove_prefix(1);
            else if (rest_.starts_with("--"))
                rest_.remove_prefix(std::min(rest_.find_first_of("\r\n"), rest_.size()));
            else if (rest_.starts_with("/*"))
                rest_.remove_prefix(comment());
            else
                return;
        }
    }

    [[nodiscard]] std::size_t comment() const {
        std::size_t depth = 0;
        std::size_t at = 0;
        do {
            if (rest_.substr(at, 2) == "/*") {
                ++depth;
                at += 2;
            } else if (rest_.substr(at, 2) == "*/") {
                --depth;
                at += 2;
            } else {
                ++at;
            }
        } while (depth > 0 && at < rest_.size());
        return std::min(at, rest_.size());
    }

    std::string_view rest_;
};

std::string lower(std::string_view word) {
    std::string out(word);
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

std::string catalog_name(std::string_view token) {
    if (!token.starts_with('"')) return lower(token);
    std::string name;
    for (std::size_t at = 1; at + 1 < token.size(); ++at) {
        name += token[at];
        if (token[at] == '"') ++at;
    }
    return name;
}

std::string found_index(const ConcurrentIndex& index) {
    return fmt::format(
        "FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN "
        "pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE i.indrelid = to_regclass({}) AND "
        "c.relname = "
        "{}",
        literal(index.table), literal(index.name));
}

}  // namespace

std::optional<ConcurrentIndex> concurrent_index(std::string_view sql) {
    Tokens tokens(sql);
    if (lower(tokens.next()) != "create") return std::nullopt;
    std::string word = lower(tokens.next());
    if (word == "unique") word = lower(tokens.next());
    if (word != "index" || lower(tokens.next()) != "concurrently") return std::nullopt;
    std::string_view name = tokens.next();
    if (lower(name) == "if") {
        tokens.next();
        tokens.next();
        name = tokens.next();
    }
    if (lower(name) == "on" || lower(tokens.next()) != "on") return std::nullopt;
    std::string_view token = tokens.next();
    if (lower(token) == "only") token = tokens.next();
    ConcurrentIndex index{catalog_name(name), {}};
    for (; !token.empty() && token != "(" && lower(token) != "using"; token = tokens.next())
        index.table += token;
    if (index.table.empty()) return std::nullopt;
    return index;
}

IndexState index_state(Connection& connection, const ConcurrentIndex& index) {
    const std::string state = connection.query_value(
        "SELECT CASE WHEN i.indisvalid OR EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p "
        "WHERE "
        "p.index_relid = c.oid) THEN 'valid' ELSE 'invalid' END " +
        found_index(index));
    if (state.empty()) return IndexState::Absent;
    return state == "valid" ? IndexState::Valid : IndexState::Invalid;
}

void drop_invalid(Connection& connection, const ConcurrentIndex& index) {
    if (index_state(connection, index) != IndexState::Invalid) return;
    const std::string name =
        connection.query_value("SELECT format('%I.%I', n.nspname, c.relname) " + found_index(index));
    connection.query("DROP INDEX CONCURRENTLY " + name);
}

}  // namespace godwit::postgresql
