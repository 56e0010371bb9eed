#pragma once

#include <string>
#include <string_view>

namespace godwit::mysql {

/// 'text', right under every sql_mode: what holds a back-slash is written in hex. What is not UTF-8 becomes
/// U+FFFD.
std::string literal(std::string_view text);

bool is_word_character(char c);
/// True where `word` (lower case) stands in `text` between characters that are no part of a name; strings
/// and comments are not told apart.
bool mentions(std::string_view text, std::string_view word);

/// Word number `index` from 0 of the first 60 characters, in lower case; "" where there are fewer.
std::string word_at(std::string_view sql, std::size_t index);

}  // namespace godwit::mysql
