#include "script/encoding.hpp"

#include <utility>

#include "godwit/utf8.hpp"
#include "script/characters.hpp"
#include "script/trouble.hpp"

namespace godwit::script {
namespace {

constexpr std::string_view kIntroducer = "_binary";

std::size_t behind_ascii(std::string_view text, std::size_t at) noexcept {
    return at + ascii_prefix(text.substr(at));
}

/// Behind the string's closing quote; the text's end where it has none.
std::size_t behind_string(std::string_view text, std::size_t open) noexcept {
    const char quote = text[open];
    for (std::size_t at = open + 1; at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (text[at] == quote)
            return at + 1;
    }
    return text.size();
}

/// Looks for strings behind `_binary`, once through the text.
class BinaryStrings {
  public:
    explicit BinaryStrings(std::string_view text) : text_(text) {}

    /// Behind the string that holds the byte at `at`; `at` where none does. `at` never decreases.
    std::size_t behind(std::size_t at) {
        while (end_ <= at) {
            const std::size_t found = text_.find(kIntroducer, end_);
            if (found >= at) return at;
            std::size_t open = found + kIntroducer.size();
            while (open < text_.size() && is_blank(text_[open]))
                ++open;
            const bool string = open < text_.size() && (text_[open] == '\'' || text_[open] == '"');
            begin_ = open;
            end_ = string ? behind_string(text_, open) : open;
        }
        return begin_ < at ? end_ : at;
    }

  private:
    std::string_view text_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

/// The first byte that belongs to no character; the text's end where each does.
std::size_t first_odd_byte(std::string_view text, const Dialect& dialect) {
    BinaryStrings binary(text);
    std::size_t at = behind_ascii(text, 0);
    for (; at < text.size(); at = behind_ascii(text, at)) {
        if (const std::size_t size = utf8_character(text.substr(at)); size != 0) {
            at += size;
            continue;
        }
        const std::size_t behind = dialect.name == "mysql" ? binary.behind(at) : at;
        if (behind == at) break;
        at = behind;
    }
    return at;
}

}  // namespace

Script parse_utf8(std::string text, const Dialect& dialect, std::string file) {
    const std::size_t odd = first_odd_byte(text, dialect);
    // what looks like UTF-16, or holds a NUL, is told by parse() in words of its own
    const auto other = [&] {
        return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") ||
               text.find('\0') != std::string::npos;
    };
    if (odd < text.size() && !other())
        refuse({text, file}, odd, "the script is not UTF-8: this byte is part of no character",
               "save the file as UTF-8, for instance: iconv -f LATIN1 -t UTF-8");
    return Script::parse(std::move(text), dialect, std::move(file));
}

}  // namespace godwit::script
