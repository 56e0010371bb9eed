#include "statement.hpp"

#include <godwit/error.hpp>

namespace notebook {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

[[noreturn]] void refuse(const std::string& why) {
    godwit::fail(godwit::Errc::Statement, why);
}

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

/// Takes the first word off.
std::string take_word(std::string_view& text) {
    text = trimmed(text);
    const std::string word(text.substr(0, text.find_first_of(kBlank)));
    text = trimmed(text.substr(word.size()));
    return word;
}

}  // namespace

void execute(std::string_view statement, Notebook& notebook) {
    std::string_view text = statement;
    const std::string verb = take_word(text);
    const std::string key = take_word(text);
    if (key.empty()) refuse("'" + verb + "' needs a key");
    auto& notes = notebook.notes;
    if (verb == "ADD") {
        if (!notes.emplace(key, text).second) refuse("note '" + key + "' is there already");
    } else if (verb == "SET") {
        notes[key] = text;
    } else if (verb == "DELETE") {
        if (notes.erase(key) == 0) refuse("there is no note '" + key + "'");
    } else {
        refuse("'" + verb + "' is not a statement: ADD, SET and DELETE are");
    }
}

}  // namespace notebook
