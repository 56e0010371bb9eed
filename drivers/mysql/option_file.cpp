#include "mysql/option_file.hpp"

#include <algorithm>

namespace godwit::mysql {
namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// '#' begins a comment in the middle of a line, but for one inside quotes.
std::string_view without_comment(std::string_view line) {
    char quote = 0;
    bool escaped = false;  // a back-slash means something only inside quotes, and may escape another one
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (!escaped && (line[i] == '\'' || line[i] == '"'))
            quote = quote == 0 ? line[i] : quote == line[i] ? '\0' : quote;
        if (line[i] == '#' && quote == 0) return line.substr(0, i);
        escaped = quote != 0 && line[i] == '\\' && !escaped;
    }
    return line;
}

char unescaped(char c) {
    constexpr std::string_view letters = "btnrs";
    constexpr std::string_view meant = "\b\t\n\r ";
    const std::size_t at = letters.find(c);
    return at == std::string_view::npos ? c : meant[at];
}

std::string value_of(std::string_view text) {
    text = trimmed(text);
    const bool quoted =
        text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front();
    if (quoted) text = text.substr(1, text.size() - 2);
    std::string value;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '\\' && i + 1 < text.size();
        value += escape ? unescaped(text[++i]) : text[i];
    }
    return value;
}

}  // namespace

std::map<std::string, std::string, std::less<>> client_options(std::string_view text) {
    std::map<std::string, std::string, std::less<>> options;
    bool client = false;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.front() == '#' || line.front() == ';' || line.front() == '!') continue;
        if (line.front() == '[') {
            client = line == "[client]";
            continue;
        }
        if (!client) continue;
        const std::string_view content = without_comment(line);
        const std::size_t equals = content.find('=');
        std::string key(trimmed(content.substr(0, equals)));
        std::ranges::replace(key, '_', '-');
        options[key] = equals == std::string_view::npos ? "" : value_of(content.substr(equals + 1));
    }
    return options;
}

}  // namespace godwit::mysql
