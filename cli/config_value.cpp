// What the values of the configuration file stand for: environment variables, files, programs.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "config.hpp"
#include "environment.hpp"
#include "godwit/error.hpp"
#include "process.hpp"

namespace godwit::cli {

namespace {

using Kind = ConfigValue::Kind;

[[noreturn]] void wrong(const Config& config, const ConfigValue& value, const std::string& message,
                        std::string hint = {}) {
    fail(Errc::Config, fmt::format("{}: {}", config.place(value), message), std::move(hint));
}

/// The content of one ${…}: NAME, NAME:-default or NAME:?message.
std::string variable(const Config& config, const ConfigValue& value, std::string_view inside) {
    const auto colon = inside.find(':');
    const auto name = std::string(inside.substr(0, colon));
    const auto rest = colon == std::string_view::npos ? std::string_view() : inside.substr(colon + 1);
    if (name.empty() || (colon != std::string_view::npos && !rest.starts_with('-') && !rest.starts_with('?')))
        wrong(config, value,
              fmt::format("'${{{}}}' is none of ${{NAME}}, ${{NAME:-default}}, ${{NAME:?message}}", inside));
    const auto found = environment_variable(name);
    if (found && !found->empty()) return *found;
    if (rest.starts_with('-')) return std::string(rest.substr(1));
    if (rest.starts_with('?')) wrong(config, value, fmt::format("{}: {}", name, rest.substr(1)));
    wrong(config, value, fmt::format("the environment variable {} is not set", name),
          fmt::format("set it, or give a default: ${{{}:-…}}", name));
}

/// `$${` stands for a literal `${`.
std::string expand(const Config& config, const ConfigValue& value) {
    std::string result;
    std::string_view rest = value.text;
    for (auto at = rest.find("${"); at != std::string_view::npos; at = rest.find("${")) {
        if (at > 0 && rest[at - 1] == '$') {
            result.append(rest.substr(0, at - 1)).append("${");
            rest.remove_prefix(at + 2);
            continue;
        }
        const auto end = rest.find('}', at);
        if (end == std::string_view::npos) wrong(config, value, "'${' without its '}'");
        result.append(rest.substr(0, at));
        result += variable(config, value, rest.substr(at + 2, end - at - 2));
        rest.remove_prefix(end + 1);
    }
    return result.append(rest);
}

std::string without_line_end(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.pop_back();
    return text;
}

std::string file_content(const Config& config, const ConfigValue& value) {
    auto name = expand(config, value);
    if (name.starts_with("file://")) name.erase(0, 7);
    const auto content = read_limited(config.file.parent_path() / name);
    if (!content) wrong(config, value, fmt::format("!file {}: it cannot be read", name));
    if (content->size() > kMostBytes)
        wrong(config, value, fmt::format("!file {}: it is longer than {} bytes", name, kMostBytes));
    return without_line_end(*content);
}

/// Runs the program in the configuration file's folder.
Finished run(const Config& config, const ConfigValue& value, std::vector<std::string> words,
             const std::string& shown) {
    try {
        return run_program(std::move(words),
                           {.folder = config.file.parent_path(), .alone = false, .most_bytes = kMostBytes});
    } catch (const Error& error) {
        wrong(config, value, fmt::format("!command {}: {}", shown, error.info().message));
    }
}

/// The words of a process are there for all users of the machine to read: no variable's content gets in.
std::string program_word(const Config& config, const ConfigValue& word) {
    std::string result;
    std::string_view rest = word.text;
    for (auto at = rest.find("${"); at != std::string_view::npos; at = rest.find("${")) {
        if (at == 0 || rest[at - 1] != '$')
            wrong(config, word, "${…} in a word of !command: every user of the machine could read it there",
                  "the program has the environment and can read the variable itself; or write one text for a "
                  "shell: "
                  "!command \"program $NAME\"");
        result.append(rest.substr(0, at - 1)).append("${");
        rest.remove_prefix(at + 2);
    }
    return result.append(rest);
}

std::string command_output(const Config& config, const ConfigValue& value) {
    std::vector<std::string> words;
    if (!value.text.empty()) words = {"sh", "-c", value.text};
    for (const auto& item : value.items)
        words.push_back(program_word(config, item));
    const auto shown = value.text.empty() ? words.front() : std::string("sh -c …");
    const auto [status, output, ignored] = run(config, value, std::move(words), shown);
    if (output.size() > kMostBytes)
        wrong(config, value, fmt::format("!command {} printed more than {} bytes", shown, kMostBytes));
    if (status > 0) wrong(config, value, fmt::format("!command {} ended with exit code {}", shown, status));
    return without_line_end(output);
}

}  // namespace

bool is_opaque(const ConfigValue& value) {
    return value.kind == Kind::File || value.kind == Kind::Command ||
           std::ranges::any_of(value.items, is_opaque);
}

bool has_variable(const ConfigValue& value) {
    const auto at = value.text.find("${");
    const bool own = at != std::string::npos && (at == 0 || value.text[at - 1] != '$');
    return own || std::ranges::any_of(value.items, has_variable);
}

std::string evaluate(const Config& config, const ConfigValue& value) {
    std::string text;
    if (value.kind == Kind::File) text = file_content(config, value);
    if (value.kind == Kind::Command) text = command_output(config, value);
    if (value.kind == Kind::Text) text = expand(config, value);
    if (text.empty()) wrong(config, value, "the value is empty");
    return text;
}

std::vector<std::string> evaluate_list(const Config& config, const ConfigValue& value) {
    std::vector<std::string> texts;
    if (value.kind == Kind::Map) {
        for (std::size_t i = 0; i < value.items.size(); ++i)
            texts.push_back(value.keys[i] + "=" + evaluate(config, value.items[i]));
    } else if (value.kind == Kind::List) {
        for (const auto& item : value.items)
            texts.push_back(evaluate(config, item));
    } else {
        texts.push_back(evaluate(config, value));
    }
    return texts;
}

}  // namespace godwit::cli
