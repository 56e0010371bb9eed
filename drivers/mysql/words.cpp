#include "mysql/words.hpp"

#include <algorithm>

#include "mysql/text.hpp"

namespace godwit::mysql {

std::string_view Words::next() {
    skip();
    if (at_ >= sql_.size()) return {};
    const std::size_t begin = at_;
    const char c = sql_[at_];
    if (c == '`' || c == '\'' || c == '"')
        quoted(c);
    else if (is_word_character(c))
        while (at_ < sql_.size() && is_word_character(sql_[at_]))
            ++at_;
    else
        ++at_;
    return sql_.substr(begin, at_ - begin);
}

void Words::skip() {
    while (at_ < sql_.size()) {
        const char c = sql_[at_];
        const std::string_view rest = sql_.substr(at_);
        if (c == ' ' || (c >= '\t' && c <= '\r'))
            ++at_;
        else if (c == '#' || rest.starts_with("-- "))
            at_ = std::min(sql_.find('\n', at_), sql_.size());
        else if (rest.starts_with("/*!") || rest.starts_with("/*M!")) {  // its content counts
            at_ += rest[2] == '!' ? 3 : 4;
            while (at_ < sql_.size() && sql_[at_] >= '0' && sql_[at_] <= '9')
                ++at_;
        } else if (rest.starts_with("*/"))
            at_ += 2;
        else if (rest.starts_with("/*"))
            at_ = std::min(sql_.find("*/", at_ + 2), sql_.size() - 2) + 2;
        else
            return;
    }
}

void Words::quoted(char quote) {
    for (++at_; at_ < sql_.size(); ++at_) {
        if (sql_[at_] == '\\' && quote != '`') {
            ++at_;
        } else if (sql_[at_] == quote) {
            ++at_;
            return;
        }
    }
    at_ = std::min(at_, sql_.size());
}

std::vector<std::string_view> words_of(std::string_view sql) {
    std::vector<std::string_view> all;
    Words words(sql);
    for (std::string_view word = words.next(); !word.empty(); word = words.next())
        all.push_back(word);
    return all;
}

std::string unquoted(std::string_view name) {
    if (name.size() < 2 || (name.front() != '`' && name.front() != '"')) return std::string(name);
    const char quote = name.front();
    name = name.substr(1, name.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        out += name[i];
        if (name[i] == quote && i + 1 < name.size() && name[i + 1] == quote) ++i;
    }
    return out;
}

bool is_name(std::string_view word) {
    return !word.empty() && (word.front() == '`' || word.front() == '"' || is_word_character(word.front()));
}

}  // namespace godwit::mysql
