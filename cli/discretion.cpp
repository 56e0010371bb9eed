#include "discretion.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "godwit/error.hpp"
#include "godwit/url.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define GODWIT_LEAK_CHECK
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GODWIT_LEAK_CHECK
#endif
#endif

namespace godwit::cli {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

void write_over(char* text, std::string_view with) {
    const std::size_t length = std::strlen(text);
    const std::size_t kept = std::min(length, with.size());
    std::memcpy(text, with.data(), kept);
    std::memset(text + kept, 0, length - kept);
}

void hide_url(char* text) {
    try {
        const auto url = Url::parse(text);
        if (const auto shown = url.redacted(); shown != text) write_over(text, shown);
    } catch (const Error&) {  // no URL: nothing that we know to be a secret
        return;
    }
}

/// What stands behind `--name=`, or all of a word that is no option; null where an option has no value in it.
char* value_of(char* word) {
    if (word[0] != '-') return word;
    if (char* equals = std::strchr(word, '=')) return equals + 1;
    const bool glued = word[1] != '-' && word[1] != 0 && word[2] != 0;
    return glued ? word + 2 : nullptr;
}

bool names(std::string_view word, std::string_view option) {
    return word == option || (word.starts_with(option) && word[option.size()] == '=');
}

void hide_arguments(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view word(argv[i]);
        char* const value = value_of(argv[i]);
        if (value) hide_url(value);
        const bool sql = names(word, "--init-sql");
        if (!sql && !names(word, "--placeholder")) continue;
        char* const secret = value ? value : i + 1 < argc ? argv[++i] : nullptr;
        if (!secret) continue;
        char* const content = sql ? secret : std::strchr(secret, '=');
        if (content) write_over(content, sql ? "***" : "=***");
    }
}

}  // namespace

Discretion::Discretion(int argc, char** argv) {
    hide_arguments(argc, argv);
    prctl(PR_SET_DUMPABLE, 0);
}

Discretion::~Discretion() {
#ifdef GODWIT_LEAK_CHECK
    prctl(PR_SET_DUMPABLE, 1);  // LeakSanitizer looks at the process from beside at its very end
#endif
}

std::string without_passwords(const std::string& text) {
    std::string shown;
    std::string_view rest = text;
    for (auto at = rest.find("://"); at != std::string_view::npos; at = rest.find("://")) {
        shown.append(rest.substr(0, at + 3));
        rest.remove_prefix(at + 3);
        const auto word = rest.substr(0, rest.find_first_of(kBlanks));
        const auto colon = word.find(':');
        const auto end = word.rfind('@');
        if (end == std::string_view::npos || colon > end) continue;
        shown.append(word.substr(0, colon + 1)).append("***");
        rest.remove_prefix(end);
    }
    return shown.append(rest);
}

void hide_passwords(ErrorInfo& info) {
    for (auto* text : {&info.message, &info.hint, &info.detail, &info.state, &info.next})
        *text = without_passwords(*text);
}

}  // namespace godwit::cli
