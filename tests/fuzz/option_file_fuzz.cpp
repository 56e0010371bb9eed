#include <algorithm>

#include "fuzz.hpp"
#include "mysql/option_file.hpp"

// Any ~/.my.cnf is read without an error; what is read can be written and read again.

namespace {

using godwit::fuzz::require;
using godwit::mysql::client_options;

/// Whether it can be written again: a line that begins with '[', ';' or a quote is something else.
bool is_word(std::string_view key) {
    return !key.empty() && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    });
}

/// A value in quotes, so that nothing in it begins a comment or ends the line.
std::string quoted(const std::string& value) {
    std::string text = "\"";
    for (const char c : value) {
        if (c == '\n')
            text += "\\n";
        else if (c == '\\' || c == '"')
            text += std::string("\\") + c;
        else
            text += c;
    }
    return text + '"';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = godwit::fuzz::text_of(data, size);
    (void)client_options(text);
    auto values = client_options("[client]\n" + text);
    std::erase_if(values, [](const auto& pair) { return !is_word(pair.first); });
    std::string written = "[client]\n";
    for (const auto& [key, value] : values)
        written += key + "=" + quoted(value) + " # a comment\n";
    require(client_options(written) == values);
    // a secret with any character in it comes through its quotes
    const auto secret = client_options("[client]\npassword=" + quoted(text) + "\n");
    require(secret.find("password")->second == text);
    return 0;
}
