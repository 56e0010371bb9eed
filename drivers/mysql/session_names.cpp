#include "mysql/session_names.hpp"

#include <algorithm>
#include <vector>

#include "godwit/ascii.hpp"
#include "mysql/text.hpp"
#include "mysql/words.hpp"

namespace godwit::mysql {
namespace {

std::string temporary_table(const std::vector<std::string_view>& words) {
    const auto at =
        std::ranges::find_if(words, [](std::string_view w) { return ascii_lower(w) == "temporary"; });
    auto name = std::find_if(at, words.end(), [](std::string_view w) { return ascii_lower(w) == "table"; });
    if (name == words.end()) return "";
    ++name;
    while (name != words.end() &&
           (ascii_lower(*name) == "if" || ascii_lower(*name) == "not" || ascii_lower(*name) == "exists"))
        ++name;
    if (name == words.end() || !is_name(*name)) return "";
    std::string table(*name);
    if (words.end() - name > 2 && *(name + 1) == "." && is_name(*(name + 2)))
        table.append(".").append(*(name + 2));
    return table;
}

}  // namespace

void SessionNames::add(std::string_view sql) {
    Words words(sql);
    std::vector<std::string_view> head;
    std::string_view before;
    std::size_t before_end = 0;
    for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
        const std::size_t begin = words.at() - word.size();
        const bool assignable = word.front() == '`' || word.front() == '\'' || word.front() == '"' ||
                                is_word_character(word.front());
        // "@@x" is a system variable: its first '@' is followed by another
        if (before == "@" && begin == before_end && assignable) variables.insert("@" + std::string(word));
        if (before == "@" && word == "@") word = "@@";
        if (head.size() < 12) head.push_back(word);
        before = word;
        before_end = words.at();
    }
    if (head.size() < 2) return;
    const std::string first = ascii_lower(head[0]);
    if (first == "create")
        if (const std::string table = temporary_table(head); !table.empty()) tables.insert(table);
    if (first == "prepare" && is_name(head[1])) statements.insert(std::string(head[1]));
    if (first == "set" && std::ranges::any_of(head, [](auto w) { return ascii_lower(w) == "role"; }))
        role = true;
}

SessionNames session_names(const Script& script) {
    SessionNames names;
    for (const Statement& statement : script.statements())
        names.add(script.sql(statement));
    return names;
}

}  // namespace godwit::mysql
