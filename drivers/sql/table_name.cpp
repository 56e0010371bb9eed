#include "sql/table_name.hpp"

#include <fmt/format.h>

#include "godwit/error.hpp"
#include "godwit/hash.hpp"

namespace godwit::sql {
namespace {

constexpr std::size_t kLongestName = 63;
constexpr std::string_view kSuffix = "_history";

std::string doubled(std::string_view text, char quote) {
    std::string out(1, quote);
    for (const char c : text) {
        if (c == quote) out += quote;
        out += c;
    }
    out += quote;
    return out;
}

/// At most `size` bytes, never half a UTF-8 character.
std::string_view cut(std::string_view text, std::size_t size) {
    if (text.size() <= size) return text;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U)
        --size;
    return text.substr(0, size);
}

[[noreturn]] void bad_name(std::string_view text, std::string_view why) {
    fail(Errc::Usage, fmt::format("'{}' is not a table name: {}", text, why),
         "write TABLE or SCHEMA.TABLE, without quotes");
}

}  // namespace

TableName TableName::parse(std::string_view text) {
    if (text.empty()) bad_name(text, "it is empty");
    if (text.find('\0') != std::string_view::npos) bad_name(text, "it holds a NUL byte");
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) return {"", std::string(text)};
    if (text.find('.', dot + 1) != std::string_view::npos) bad_name(text, "it has more than one dot");
    TableName name{std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
    if (name.schema.empty() || name.table.empty()) bad_name(text, "one side of the dot is empty");
    return name;
}

std::string TableName::history_name() const {
    if (table.size() + kSuffix.size() <= kLongestName) return table + std::string(kSuffix);
    const std::string sum = fmt::format("_{:08x}", crc32_ieee(table));
    return fmt::format("{}{}{}", cut(table, kLongestName - kSuffix.size() - sum.size()), sum, kSuffix);
}

std::string TableName::shown() const {
    return schema.empty() ? table : schema + "." + table;
}

std::string qualified(const TableName& name, const Quote& quote) {
    return name.schema.empty() ? quote(name.table) : quote(name.schema) + "." + quote(name.table);
}

std::string double_quoted(std::string_view name) {
    return doubled(name, '"');
}

std::string backtick_quoted(std::string_view name) {
    return doubled(name, '`');
}

std::string single_quoted(std::string_view text) {
    return doubled(text, '\'');
}

}  // namespace godwit::sql
