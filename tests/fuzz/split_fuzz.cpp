#include <algorithm>

#include "fuzz.hpp"
#include "godwit/script.hpp"
#include "godwit/utf8.hpp"

// Any text is either split into pieces that tile it, with nothing but comments and blanks between the
// statements, or refused with a place in it.

namespace {

using godwit::Script;
using godwit::Statement;
using godwit::fuzz::require;

const godwit::Dialect& dialect() {
    static const godwit::Dialect chosen = godwit::GODWIT_FUZZ_DIALECT();
    return chosen;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t size = godwit::utf8_character(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

/// Behind a DELIMITER line a part of the text reads otherwise by itself.
bool has_delimiter_line(std::string_view text) {
    constexpr std::string_view kWord = "delimiter";
    const auto same = [](char a, char b) { return (a | 0x20) == b; };
    return std::search(text.begin(), text.end(), kWord.begin(), kWord.end(), same) != text.end();
}

/// No statement is lost in what stands before one.
void check_gap(std::string_view gap) {
    require(Script::parse(std::string(gap), dialect()).empty());
}

void check_place(const Script& script, const Statement& statement) {
    const auto place = script.position_of(statement.begin);
    require(place.line == statement.line && place.column == statement.column);
    require(is_utf8(script.excerpt(statement.begin)));
}

void check(const Script& script) {
    // both are linear in the offset: a few statements are enough
    constexpr std::size_t kPlacesChecked = 8;
    const std::string_view text = script.text();
    const bool gaps = !has_delimiter_line(text);
    std::size_t last = 0;
    std::size_t number = 0;
    for (const Statement& statement : script.statements()) {
        require(statement.piece_begin == last);
        require(statement.piece_begin <= statement.begin && statement.begin < statement.end);
        require(statement.end <= statement.piece_end);
        require(statement.copy_data_begin <= statement.copy_data_end);
        require(statement.copy_data_end <= statement.piece_end);
        require(script.sql(statement).size() == statement.end - statement.begin);
        if (gaps) check_gap(text.substr(statement.piece_begin, statement.begin - statement.piece_begin));
        if (number++ < kPlacesChecked) check_place(script, statement);
        last = statement.piece_end;
    }
    require(script.empty() || last == text.size());
    require(script.token_sha256().size() == 64);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = godwit::fuzz::text_of(data, size);
    try {
        const Script script = Script::parse(text, dialect());
        require(script.text() == text);
        check(script);
    } catch (const godwit::Error& error) {
        require(error.code() == godwit::Errc::Statement && error.info().where.line > 0);
        require(error.info().position && *error.info().position <= size);
        require(is_utf8(error.info().excerpt));
    }
    return 0;
}
