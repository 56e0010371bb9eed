#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "alias.hpp"
#include "commands/verbs.hpp"
#include "exit_codes.hpp"
#include "godwit/error.hpp"
#include "godwit/nearest.hpp"
#include "help.hpp"
#include "render/json.hpp"
#include "words.hpp"

namespace godwit::cli {

namespace {

std::string options_text(std::span<const Option> options) {
    std::string text;
    for (const auto& option : options) {
        if (option.hidden) continue;
        auto help = option_meaning(option);
        if (!option.env.empty())
            help += option.env_fallback.empty() ? fmt::format(" [{}]", option.env)
                                                : fmt::format(" [{}, {}]", option.env, option.env_fallback);
        text += fmt::format("  {:<36} {}\n", option_form(option, "    "), help);
    }
    return text;
}

std::string exit_codes_text() {
    std::vector<std::string> codes;
    for (const auto& row : exit_codes())
        codes.push_back(fmt::format("{} {}", row.code, row.word));
    return fmt::format("{}", fmt::join(codes, ", "));
}

}  // namespace

std::string option_form(const Option& option, std::string_view indent) {
    const auto letter = option.letter ? fmt::format("-{}, ", option.letter) : std::string(indent);
    if (option.value.empty()) return fmt::format("{}--{}", letter, option.name);
    if (!option.bare.empty()) return fmt::format("{}--{}[={}]", letter, option.name, option.value);
    return fmt::format("{}--{} {}", letter, option.name, option.value);
}

std::string option_meaning(const Option& option) {
    return option.fallback.empty() ? std::string(option.help)
                                   : fmt::format("{}; default {}", option.help, option.fallback);
}

std::string main_help() {
    std::string text =
        "godwit moves databases from version to version.\n\n"
        "Usage: godwit [OPTIONS] COMMAND [ARGUMENTS]\n\nCommands:\n";
    for (const auto& command : commands())
        text += fmt::format("  {:<11} {}\n", command.name, command.summary);
    text += "\nOptions, before or after the command word:\n" + options_text(global_options());
    text +=
        "\nDurations: 500ms, 15s, 2m, a bare number = seconds. Stronger first: option, [environment "
        "variable],\n"
        "environment in godwit.yaml, godwit.yaml, default.\n"
        "\nExit codes: " +
        exit_codes_text() +
        ".\n"
        "\nBegin: godwit new create_users --database sqlite://app.db; then: godwit up --database "
        "sqlite://app.db\n";
    return text;
}

std::string command_help(const Command& command) {
    std::string text = fmt::format("godwit {}: {}\n\nUsage: godwit {}{}{}\n", command.name, command.summary,
                                   command.name, command.usage.empty() ? "" : " ", command.usage);
    if (!command.details.empty()) text += fmt::format("\n{}\n", command.details);
    if (!command.options.empty()) text += "\nOptions:\n" + options_text(command.options);
    return text + "\ngodwit help lists the options that every command takes.\n";
}

int run_help(Context& context) {
    const auto& words = context.arguments.positionals;
    if (context.output.json()) {
        json::help(context.output);
        return 0;
    }
    if (words.empty()) {
        context.output.raw(main_help());
        return 0;
    }
    const auto native = native_name(words.front());
    if (const auto* command = find_command(native.empty() ? words.front() : native)) {
        context.output.raw(command_help(*command));
        return 0;
    }
    std::vector<std::string_view> names;
    for (const auto& command : commands())
        names.push_back(command.name);
    const auto close = nearest(words.front(), names);
    fail(Errc::Usage, fmt::format("unknown command '{}'", words.front()),
         close ? fmt::format("did you mean: godwit help {}", *close) : "godwit help lists the commands");
}

}  // namespace godwit::cli
