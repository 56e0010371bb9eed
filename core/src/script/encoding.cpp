#include "script/encoding.hpp"

#include <cstdint>
#include <exception>
#include <future>
#include <limits>
#include <memory>
#include <utility>

#include "godwit/utf8.hpp"
#include "script/characters.hpp"
#include "script/checksums.hpp"

namespace godwit::script {
namespace {

constexpr std::string_view kSaveAsUtf8 = "save the file as UTF-8 and try again";
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

/// By its mark, or by two letters of ASCII at its start.
bool looks_like_utf16(std::string_view text) {
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return true;
    if (text.size() < 4) return false;
    const auto letter = [&](std::size_t i) { return text[i] >= '\t' && text[i] <= '~'; };
    const bool little = letter(0) && text[1] == '\0' && letter(2) && text[3] == '\0';
    const bool big = text[0] == '\0' && letter(1) && text[2] == '\0' && letter(3);
    return little || big;
}

/// Offsets of statements have 32 bits.
bool is_too_large(std::string_view text) {
    return text.size() > std::numeric_limits<std::uint32_t>::max();
}

/// Refuses what parse_utf8() does not take. True where all of it is UTF-8.
bool require_utf8(const Origin& origin, const Dialect& dialect) {
    const std::string_view text = origin.text;
    const bool utf8 = is_storable_text(text);
    if (utf8 && !is_too_large(text)) return true;
    const std::size_t odd = utf8 ? text.size() : first_odd_byte(text, dialect);
    // what looks like UTF-16, or holds a NUL, is told by require_text() in words of its own
    const auto other = [&] {
        return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") ||
               text.find('\0') != std::string_view::npos;
    };
    if (odd < text.size() && !other())
        refuse(origin, odd, "the script is not UTF-8: this byte is part of no character",
               "save the file as UTF-8, for instance: iconv -f LATIN1 -t UTF-8");
    require_text(origin);
    return utf8;
}

/// A large text is looked at by one thread while another splits it, which no text of another encoding is
/// worth.
bool is_worth_two_threads(std::string_view text) {
    return text.size() >= Checksums::kWorthAThread && !is_too_large(text) && !looks_like_utf16(text);
}

}  // namespace

void require_text(const Origin& origin) {
    const std::string_view text = origin.text;
    if (is_too_large(text))
        refuse({text.substr(0, 0), origin.file}, 0, "script of 4 GiB or more",
               "split the file into several migrations");
    if (looks_like_utf16(text))
        refuse(origin, 0, "script is not UTF-8 but looks like UTF-16", std::string(kSaveAsUtf8));
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos)
        refuse(origin, nul, "NUL byte in the script: this is not a text file", std::string(kSaveAsUtf8));
}

Script parse_utf8(std::string text, const Dialect& dialect, std::string file) {
    auto content =
        Script::content_of(std::make_shared<const std::string>(std::move(text)), dialect, std::move(file));
    const Origin origin{*content->text, content->file};
    if (!is_worth_two_threads(origin.text)) {
        content->utf8 = require_utf8(origin, dialect);
        return Script::split(std::move(content));
    }
    // deferred: where no thread can be had, get() looks
    auto utf8 =
        std::async(std::launch::async | std::launch::deferred, [&] { return require_utf8(origin, dialect); });
    Script script;
    std::exception_ptr refusal;
    try {
        script = Script::split(content);
    } catch (...) {
        refusal = std::current_exception();
    }
    content->utf8 = utf8.get();  // what is wrong with its bytes is told first
    if (refusal) std::rethrow_exception(refusal);
    return script;
}

}  // namespace godwit::script
