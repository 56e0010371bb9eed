#include "reference/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "command.hpp"
#include "exit_codes.hpp"
#include "help.hpp"
#include "reference/value_types.hpp"

namespace godwit::cli {

namespace {

constexpr std::string_view kOrigin =
    "<!-- Written by `godwit man --markdown --write docs/reference` from the tables in cli/: change those. "
    "-->\n";

/// Text of a table's cell: what Markdown would read as its own is escaped.
std::string cell(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '|' || c == '<' || c == '*' || c == '_' || c == '[') escaped += '\\';
        escaped += c == '\n' ? ' ' : c;
    }
    return escaped;
}

/// The same as code; a `|` ends a cell in code, too.
std::string code(std::string_view text) {
    if (text.empty()) return {};
    std::string escaped;
    for (const char c : text) {
        if (c == '|') escaped += '\\';
        escaped += c;
    }
    return fmt::format("`{}`", escaped);
}

std::string environment_of(const Option& option) {
    return option.env_fallback.empty() ? code(option.env)
                                       : fmt::format("{}, {}", code(option.env), code(option.env_fallback));
}

std::string row(const Option& option) {
    return fmt::format("| {} | {} | {} | {} |\n", code(option_form(option)), environment_of(option),
                       code(option.key), cell(option_meaning(option)));
}

std::string options_table(std::span<const Option> options) {
    std::string text = "| option | environment | `godwit.yaml` | meaning |\n|---|---|---|---|\n";
    for (const auto& option : options)
        if (!option.hidden) text += row(option);
    return text;
}

std::string section_of(const Command& command) {
    auto text = fmt::format("\n## {}\n\n```text\ngodwit {}{}{}\n```\n\n{}.\n", command.name, command.name,
                            command.usage.empty() ? "" : " ", command.usage, cell(command.summary));
    if (!command.details.empty()) text += fmt::format("\n{}\n", cell(command.details));
    if (!command.options.empty()) text += "\n" + options_table(command.options);
    return text;
}

std::string exit_code_table() {
    std::string text = "\n## Exit codes\n\n| code | meaning |\n|---|---|\n";
    for (const auto& row : exit_codes())
        text += fmt::format("| {} | {} |\n", row.code, cell(row.meaning));
    return text;
}

std::string key_row(const Option& option) {
    const auto flag = option.hidden ? std::string() : code(fmt::format("--{}", option.name));
    return fmt::format("| {} | {} | {} | {} | {} | {} |\n", code(option.key), cell(value_form(option)),
                       code(option.fallback), flag, environment_of(option), cell(option.help));
}

}  // namespace

std::string commands_markdown() {
    std::string text(kOrigin);
    text +=
        "# Command reference\n\n`godwit [OPTIONS] COMMAND [ARGUMENTS]`. What belongs together, prompts, "
        "signals "
        "and `--json` are explained in\n[The command line](../cli.md); this page lists.\n\n"
        "## Options of every command\n\n";
    text += options_table(global_options());
    for (const auto& command : commands())
        text += section_of(command);
    return text + exit_code_table();
}

std::string configuration_markdown() {
    std::string text(kOrigin);
    text +=
        "# Configuration reference\n\nKeys of `godwit.yaml`, at the top level or in one of its "
        "`environments`. How "
        "values are written, where the file is\nlooked for and what wins is explained in [The configuration "
        "file](../configuration.md).\n\n"
        "| key | value | default | option | environment | meaning |\n|---|---|---|---|---|---|\n";
    for (const auto* option : setting_options())
        if (!option->key.empty()) text += key_row(*option);
    text +=
        "| `environments` | names, each with any of these keys | | | | chosen by `--env` |\n"
        "| `protected` | true or false | `false` | | | in an environment: what destroys asks for its name "
        "|\n";
    return text;
}

}  // namespace godwit::cli
