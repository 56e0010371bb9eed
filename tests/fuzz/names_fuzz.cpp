#include <algorithm>
#include <set>

#include "formats/pair_name.hpp"
#include "fuzz.hpp"
#include "godwit/format.hpp"
#include "sql/table_name.hpp"

// Names of files, versions and tables. The input's lines are a folder: every file in it is either a half of a
// migration or named in a finding, versions are in order, and what is written can be read again.

namespace {

using godwit::Entry;
using godwit::Errc;
using godwit::Version;
using godwit::fuzz::require;

void check_pair_name(const std::string& name) {
    const auto parsed = godwit::layout::parse_pair_name(name);
    if (!parsed) return;
    const std::string again = std::string(parsed->version) + "_" + std::string(parsed->title) + "." +
                              std::string(godwit::direction_name(parsed->direction)) + "." +
                              std::string(parsed->extension);
    require(again == name);
}

void check_version(const std::string& text) {
    const auto version = Version::parse(text);
    if (!version) return;
    const auto canonical = Version::parse(version->canonical());
    require(canonical && *canonical == *version && canonical->canonical() == version->canonical());
    require(version->text() == text);
    if (const auto number = version->as_bigint()) require(std::to_string(*number) == version->canonical());
}

/// Which of two is first does not depend on who asks.
void check_order(const std::string& a, const std::string& b) {
    const auto left = Version::parse(a);
    const auto right = Version::parse(b);
    if (left && right) require((*left <=> *right) == (0 <=> (*right <=> *left)));
}

void check_listing(const std::vector<std::string>& names) {
    std::vector<Entry> entries;
    for (const std::string& name : std::set<std::string>(names.begin(), names.end()))
        if (!name.empty()) entries.push_back({.path = name, .size = 1});
    const auto set = godwit::detect_format(entries).read_listing(entries);
    std::set<std::string> seen;
    const Version* last = nullptr;
    for (const auto& migration : set.in_order) {
        require(last == nullptr || *last < migration.version);
        last = &migration.version;
        require(migration.up || migration.down);
        for (const auto* half : {&migration.up, &migration.down})
            if (*half) require(seen.insert((*half)->entry.path).second);
    }
    for (const auto& finding : set.findings) {
        require(!finding.code.empty() && !finding.message.empty());
        seen.insert(finding.file);
    }
    for (const Entry& entry : entries)
        if (godwit::layout::parse_pair_name(entry.path)) require(seen.contains(entry.path));
    godwit::fuzz::goes_through(Errc::Validation, [&] { set.require_sound(); });
}

void check_new(const std::string& name) {
    godwit::fuzz::goes_through(Errc::Usage, [&] {
        const auto files = godwit::formats().front()->new_files({.name = name, .sql = "x"}, {});
        require(files.size() == 2);
        for (const auto& file : files) {
            require(file.path.find('/') == std::string::npos && file.path.size() <= 255);
            require(godwit::layout::parse_pair_name(file.path).has_value());
        }
    });
}

/// The name between its quotes, as a server reads it.
std::string unquoted(std::string_view text) {
    const char quote = text.front();
    require(text.size() >= 2 && text.back() == quote);
    std::string name;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] == quote) require(++i + 1 < text.size() && text[i] == quote);
        name += text[i];
    }
    return name;
}

void check_table(const std::string& text) {
    godwit::fuzz::goes_through(Errc::Usage, [&] {
        const auto table = godwit::sql::TableName::parse(text);
        require(table.shown() == text && godwit::sql::TableName::parse(table.shown()) == table);
        require(table.history_name().size() <= 63 && table.history_name().ends_with("_history"));
        for (const std::string& part : {table.schema, table.table, table.history_name()}) {
            require(unquoted(godwit::sql::double_quoted(part)) == part);
            require(unquoted(godwit::sql::backtick_quoted(part)) == part);
            require(unquoted(godwit::sql::single_quoted(part)) == part);
        }
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = godwit::fuzz::text_of(data, size);
    const auto lines = godwit::fuzz::parts_of(text, '\n', 64);
    for (const std::string& line : lines) {
        check_pair_name(line);
        check_version(line);
        check_order(line, lines.front());
    }
    check_pair_name(text);
    check_listing(lines);
    check_new(text);
    check_table(text);
    return 0;
}
