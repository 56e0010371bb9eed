#include "postgresql/tokens.hpp"

#include <algorithm>
#include <cctype>

#include "godwit/ascii.hpp"

namespace godwit::postgresql {
namespace {

bool in_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

std::string_view Tokens::next() {
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

std::string Tokens::next_word() {
    return ascii_lower(next());
}

std::string Tokens::name(std::string_view& token) {
    std::string name(token);
    for (token = next(); token == "."; token = next())
        name.append(".").append(next());
    return name;
}

std::size_t Tokens::quoted() const {
    for (std::size_t at = 1; at < rest_.size(); ++at) {
        if (rest_[at] != '"') continue;
        if (at + 1 == rest_.size() || rest_[at + 1] != '"') return at + 1;
        ++at;
    }
    return rest_.size();
}

void Tokens::skip() {
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

std::size_t Tokens::comment() const {
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

std::string catalog_name(std::string_view token) {
    if (!token.starts_with('"')) return ascii_lower(token);
    std::string name;
    for (std::size_t at = 1; at + 1 < token.size(); ++at) {
        name += token[at];
        if (token[at] == '"') ++at;
    }
    return name;
}

}  // namespace godwit::postgresql
