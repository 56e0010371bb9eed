#include "sqlite/url.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "godwit/error.hpp"
#include "sqlite/url_keys.hpp"

namespace godwit::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kForms =
    "write sqlite:app.db, sqlite:///srv/app.db, sqlite3://file:/srv/app.db?mode=ro or sqlite::memory:";

/// The rest of a URL cut at its '?'.
struct Cut {
    std::string_view place;
    std::string_view query;
};

Cut cut_query(std::string_view rest) {
    const std::size_t at = rest.find('?');
    if (at == std::string_view::npos) return {rest, {}};
    return {rest.substr(0, at), rest.substr(at + 1)};
}

std::string decoded(std::string_view text, std::string_view what) {
    auto out = percent_decode(text);
    if (!out)
        fail(Errc::Usage, fmt::format("database URL: bad percent-encoding in {}", what), "a '%' is %25");
    if (out->find('\0') != std::string::npos)
        fail(Errc::Usage, fmt::format("database URL: a NUL byte in {}", what), std::string(kForms));
    return *std::move(out);
}

void read_query(Target& target, std::string_view query, bool golang_migrate) {
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const std::string key = decoded(pair.substr(0, equals), "a parameter's name");
        const auto value = pair.substr(std::min(equals + 1, pair.size()));
        read_key(target, key, decoded(value, fmt::format("the value of {}", key)), golang_migrate);
    }
}

bool has_parameter(std::string_view query, std::string_view pair) {
    return fmt::format("&{}&", query).find(fmt::format("&{}&", pair)) != std::string::npos;
}

/// The path of `file:…`: an authority is empty or this host, as SQLite has it.
std::string_view behind_file_scheme(std::string_view place) {
    if (!place.starts_with("//")) return place;
    place.remove_prefix(2);
    if (place.starts_with("localhost/")) place.remove_prefix(std::string_view("localhost").size());
    if (!place.empty() && !place.starts_with('/'))
        fail(Errc::Usage, fmt::format("database URL: '{}' is a file on another host", place),
             std::string(kForms));
    return place;
}

void read_place(Target& target, std::string_view place, std::string_view query) {
    if (place.starts_with("//")) place.remove_prefix(2);
    const bool uri = place.starts_with("file:");
    if (uri) place = behind_file_scheme(place.substr(std::string_view("file:").size()));
    std::string name = decoded(place, "the path");
    if (name.empty()) fail(Errc::Usage, "database URL: no file is named", std::string(kForms));
    target.shown = name;
    const bool shared = has_parameter(query, "cache=shared");
    if (name == ":memory:" || has_parameter(query, "mode=memory")) {
        target.memory = std::move(name);
        target.shared_memory = shared;
        return;
    }
    std::error_code error;
    target.file = fs::absolute(name, error).lexically_normal();
    if (error)
        fail(Errc::Usage, fmt::format("database URL: {}: {}", name, error.message()),
             "write an absolute path");
}

sql::TableName table_of(const DriverOptions& options) {
    sql::TableName table = sql::TableName::parse(options.table);
    if (table.schema == "main") table.schema.clear();
    if (!table.schema.empty())
        fail(Errc::Usage, fmt::format("table {}: SQLite has no schema '{}'", options.table, table.schema),
             "name the table alone: --table " + table.table);
    return table;
}

std::string encoded_path(const fs::path& path) {
    std::string out;
    for (const char c : path.string())
        out += c == '/' ? std::string("/") : percent_encode({&c, 1});
    return out;
}

std::string_view mode_of(Access access, bool create) {
    if (access == Access::ReadOnly) return "ro";
    return create && access == Access::Create ? "rwc" : "rw";
}

}  // namespace

Target read_target(const Url& url, const DriverOptions& options) {
    if (const auto& name = options.schema.empty() ? options.database : options.schema; !name.empty())
        fail(Errc::Usage,
             fmt::format("'{}' cannot be a schema or database beside another: SQLite has files", name),
             fmt::format("write the file's URL: sqlite://{}", name));
    Target target;
    target.table = table_of(options);
    target.extensions = options.load_extensions;
    const Cut cut = cut_query(url.rest().reveal());
    read_place(target, cut.place, cut.query);
    const sql::TableName wished = target.table;
    read_query(target, cut.query, options.golang_migrate);
    if (options.table_given) target.table = wished;
    return target;
}

std::string connection_string(const Target& target, bool create) {
    std::string text = "dbname=";
    if (target.in_memory() && !target.shared_memory) return text + ":memory:";
    if (target.in_memory())
        text += fmt::format("file:{}?mode=memory", percent_encode(target.memory));
    else
        text += fmt::format("file:{}?mode={}", encoded_path(target.file), mode_of(target.access, create));
    for (const auto& [key, value] : target.uri)
        text += fmt::format("&{}={}", key, percent_encode(value));
    return text;
}

}  // namespace godwit::sqlite
