#include "postgresql/apart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "godwit/ascii.hpp"
#include "postgresql/text.hpp"
#include "postgresql/tokens.hpp"

namespace godwit::postgresql {
namespace {

/// What the server says where the work of a statement is done already.
struct Done {
    std::string_view verb;
    std::string_view object;
    std::string_view sqlstate;
};
constexpr std::array kDone{
    Done{"create", "database", "42P04"},   Done{"drop", "database", "3D000"},
    Done{"create", "tablespace", "42710"}, Done{"drop", "tablespace", "42704"},
    Done{"drop", "index", "42704"},
};

}  // namespace

std::optional<ConcurrentDetach> concurrent_detach(std::string_view sql) {
    Tokens tokens(sql);
    if (tokens.next_word() != "alter" || tokens.next_word() != "table") return std::nullopt;
    std::string_view token = tokens.next();
    if (ascii_lower(token) == "if") {
        tokens.next();
        token = tokens.next();
    }
    if (ascii_lower(token) == "only") token = tokens.next();
    ConcurrentDetach detach;
    detach.parent = tokens.name(token);
    if (ascii_lower(token) != "detach" || tokens.next_word() != "partition") return std::nullopt;
    token = tokens.next();
    detach.child = tokens.name(token);
    if (ascii_lower(token) != "concurrently") return std::nullopt;
    return detach;
}

Apart::Apart(Connection& connection, std::string_view sql, const std::string& age, bool in_question)
    : connection_(connection), sql_(sql), in_question_(in_question) {
    if (const auto index = concurrent_index(sql)) {
        leftovers_ = indexes_of(*index, age);
        what_ = *index;
    } else if (const auto detach = concurrent_detach(sql)) {
        what_ = *detach;
    } else if (is_concurrent_reindex(sql)) {
        leftovers_ = reindex_leftovers(age);
    }
}

bool Apart::prepare() {
    if (const auto* index = std::get_if<ConcurrentIndex>(&what_)) return prepare_index(*index);
    if (const auto* detach = std::get_if<ConcurrentDetach>(&what_)) return prepare_detach(*detach);
    if (in_question_ && !leftovers_.empty()) drop_invalid(connection_, leftovers_);
    return false;
}

bool Apart::prepare_index(const ConcurrentIndex& index) {
    // without a name only what came behind the note of an earlier try can be told from other indexes
    if (index.name.empty() && !in_question_) return false;
    IndexState state = index_state(connection_, leftovers_);
    if (state == IndexState::Invalid) {
        drop_invalid(connection_, leftovers_);
        state = index_state(connection_, leftovers_);
    }
    return in_question_ && state == IndexState::Valid;
}

bool Apart::prepare_detach(const ConcurrentDetach& detach) {
    // the column came with PostgreSQL 14, as did the statement
    const std::string pending = connection_.query_value(fmt::format(
        "SELECT coalesce(to_jsonb(h) ->> 'inhdetachpending', 'false') FROM "
        "pg_catalog.pg_inherits h WHERE h.inhparent = to_regclass({}) AND h.inhrelid = to_regclass({})",
        literal(detach.parent), literal(detach.child)));
    if (pending != "true") return in_question_ && pending.empty();
    connection_.query(
        fmt::format("ALTER TABLE {} DETACH PARTITION {} FINALIZE", detach.parent, detach.child));
    return true;
}

bool Apart::had_run(std::string_view sqlstate) const {
    if (!in_question_) return false;
    Tokens tokens(sql_);
    const std::string verb = tokens.next_word();
    const std::string object = tokens.next_word();
    return std::ranges::any_of(kDone, [&](const Done& done) {
        return done.verb == verb && done.object == object && done.sqlstate == sqlstate;
    });
}

std::string Apart::tidy_up() {
    if (leftovers_.empty()) return {};
    try {
        drop_invalid(connection_, leftovers_);
        return {};
    } catch (const Error& error) {
        if (!connection_.lost()) connection_.rollback();
        return left_over(error);
    }
}

std::string Apart::left_over(const Error& why) const {
    if (leftovers_.empty()) return {};
    const auto* index = std::get_if<ConcurrentIndex>(&what_);
    const std::string name = index != nullptr && !index->name.empty() ? " " + index->name : "";
    return fmt::format("an INVALID index{} may be left behind ({})", name, why.info().message);
}

}  // namespace godwit::postgresql
