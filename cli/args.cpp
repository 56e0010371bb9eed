#include "args.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/program_options.hpp>

#include "alias.hpp"
#include "godwit/error.hpp"
#include "godwit/nearest.hpp"

namespace godwit::cli {

namespace {

namespace po = boost::program_options;
using Options = std::span<const Option>;

[[noreturn]] void usage(std::string message, std::string hint = {}) {
    fail(Errc::Usage, std::move(message), std::move(hint));
}

const Option* find_long(Options options, std::string_view name) {
    const auto it = std::ranges::find(options, name, &Option::name);
    return it == options.end() ? nullptr : &*it;
}

const Option* find_letter(char letter) {
    const auto options = global_options();
    const auto it = std::ranges::find(options, letter, &Option::letter);
    return it == options.end() ? nullptr : &*it;
}

bool is_number(std::string_view word) {
    return word.size() > 1 && word[0] == '-' &&
           std::ranges::all_of(word.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

/// Whether the word behind this one is its value, as far as the global options tell.
bool takes_next(std::string_view word) {
    if (word.find('=') != std::string_view::npos) return false;
    const Option* option = nullptr;
    if (word.starts_with("--")) {
        option = find_long(global_options(), word.substr(2));
    } else if (word.size() == 2) {
        option = find_letter(word[1]);
    }
    return option != nullptr && option->type != ValueType::Flag && option->bare.empty();
}

/// Where the command word is; words.size() where there is none. Only global options may stand before it.
std::size_t command_position(std::span<const std::string> words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word == "--") return i + 1 < words.size() ? i + 1 : words.size();
        if (word.size() < 2 || word[0] != '-') return i;
        if (takes_next(word)) ++i;
    }
    return words.size();
}

/// `-database x`, as golang-migrate's and other Go programs' users write it, would be read as `-d atabase`.
std::string with_two_dashes(const std::string& word, Options options) {
    if (word.size() < 3 || word[0] != '-' || word[1] == '-') return word;
    const auto name = std::string_view(word).substr(1, word.find('=') - 1);
    const bool known = find_long(options, name) || find_long(global_options(), name);
    return known ? "-" + word : word;
}

/// `--json` alone is `--json=document`, so that it never takes the next word.
std::string with_bare_value(const std::string& word, Options options) {
    if (!word.starts_with("--") || word.find('=') != std::string::npos) return word;
    const auto name = std::string_view(word).substr(2);
    const Option* option = find_long(options, name);
    if (!option) option = find_long(global_options(), name);
    return option && !option->bare.empty() ? fmt::format("{}={}", word, option->bare) : word;
}

/// Value options keep their value as it is, whatever it looks like; all others are brought into one form.
std::vector<std::string> normalised(std::span<const std::string> words, Options options) {
    std::vector<std::string> result;
    bool literal = false;
    for (const auto& word : words) {
        literal = literal || word == "--";
        result.push_back(literal ? word : with_bare_value(with_two_dashes(word, options), options));
    }
    return result;
}

void describe(po::options_description& description, Options options) {
    for (const auto& option : options) {
        const auto names =
            option.letter ? fmt::format("{},{}", option.name, option.letter) : std::string(option.name);
        if (option.type == ValueType::Flag)
            description.add_options()(names.c_str(), "");
        else
            description.add_options()(names.c_str(), po::value<std::string>(), "");
    }
}

/// A word like `-1` is an argument, not an option.
std::vector<po::option> number_as_argument(std::vector<std::string>& words) {
    if (words.empty() || !is_number(words.front())) return {};
    po::option argument;
    argument.value = {words.front()};
    argument.original_tokens = {words.front()};
    words.erase(words.begin());
    return {argument};
}

/// The commands that have this option, for the message about one that the command at hand lacks.
std::string owners_of(std::string_view name) {
    std::vector<std::string_view> owners;
    for (const auto& command : commands())
        if (find_long(command.options, name)) owners.push_back(command.name);
    return fmt::format("{}", fmt::join(owners, ", "));
}

[[noreturn]] void unknown_option(std::string_view token, const Command* command) {
    const auto name = token.substr(std::min(token.find_first_not_of('-'), token.size()));
    const auto bare = name.substr(0, name.find('='));
    const auto help =
        command ? fmt::format("see: godwit help {}", command->name) : std::string("see: godwit help");
    const auto message =
        command ? fmt::format("{} has no option {}", command->name, token.substr(0, token.find('=')))
                : fmt::format("there is no global option {}", token.substr(0, token.find('=')));
    if (const auto owners = owners_of(bare); !owners.empty())
        usage(message, fmt::format("it belongs to: {}{}", owners,
                                   command ? "" : ", and stands behind the command word"));
    std::vector<std::string_view> known;
    for (const auto& option : global_options())
        if (!option.hidden) known.push_back(option.name);
    if (command)
        for (const auto& option : command->options)
            known.push_back(option.name);
    const auto close = nearest(bare, known);
    usage(message, close ? fmt::format("did you mean --{}?", *close) : help);
}

po::parsed_options strict_parse(const std::vector<std::string>& words,
                                const po::options_description& description, const Command* command) {
    namespace style = po::command_line_style;
    try {
        po::positional_options_description positionals;
        positionals.add("argument", -1);
        return po::command_line_parser(words)
            .options(description)
            .positional(positionals)
            .style(style::unix_style & ~style::allow_guessing)
            .extra_style_parser(number_as_argument)
            .run();
    } catch (const po::unknown_option& error) {
        unknown_option(error.get_option_name(), command);
    } catch (const po::error_with_option_name& error) {
        const auto& name = error.get_option_name();
        if (dynamic_cast<const po::invalid_command_line_syntax*>(&error))
            usage(fmt::format("{} needs a value, or takes none and was given one", name), "see: godwit help");
        usage(error.what());
    } catch (const po::error& error) {
        usage(error.what(), "see: godwit help");
    }
}

const Option& known_option(std::string_view name, Options options) {
    if (const auto* option = find_long(options, name)) return *option;
    return *find_long(global_options(), name);
}

void collect(const po::parsed_options& parsed, Options options, Arguments& arguments) {
    for (const auto& option : parsed.options) {
        if (option.position_key >= 0) {
            arguments.positionals.insert(arguments.positionals.end(), option.value.begin(),
                                         option.value.end());
            continue;
        }
        auto& values = arguments.options[option.string_key];
        values.push_back(option.value.empty() ? "" : option.value.front());
        const auto& row = known_option(option.string_key, options);
        if (values.size() > 1 && !row.repeatable && row.type != ValueType::Flag)
            usage(fmt::format("--{} is given twice", row.name));
        if (const auto problem = value_problem(row, values.back()); !problem.empty())
            usage(fmt::format("--{}: {}", row.name, problem));
    }
}

void check_positionals(const Arguments& arguments) {
    const auto& command = *arguments.command;
    const auto count = arguments.positionals.size();
    if (count < command.least_arguments)
        usage(fmt::format("{} needs an argument: godwit {} {}", command.name, command.name, command.usage),
              fmt::format("see: godwit help {}", command.name));
    if (count > command.most_arguments)
        usage(fmt::format("{}: '{}' is one argument too many", command.name,
                          arguments.positionals[command.most_arguments]),
              fmt::format("it is: godwit {}{}{}", command.name, command.usage.empty() ? "" : " ",
                          command.usage));
}

const Command& command_of(std::string_view word) {
    const auto native = native_name(word);
    if (const auto* command = find_command(native.empty() ? word : native)) return *command;
    std::vector<std::string_view> names;
    for (const auto& command : commands())
        names.push_back(command.name);
    const auto close = nearest(word, names);
    usage(fmt::format("unknown command '{}'", word),
          close ? fmt::format("did you mean: godwit {}", *close) : "godwit help lists the commands");
}

}  // namespace

std::size_t Arguments::count(std::string_view name) const {
    const auto it = options.find(name);
    return it == options.end() ? 0 : it->second.size();
}

std::optional<std::string> Arguments::value(std::string_view name) const {
    const auto it = options.find(name);
    return it == options.end() ? std::nullopt : std::optional(it->second.back());
}

std::vector<std::string> Arguments::values(std::string_view name) const {
    const auto it = options.find(name);
    return it == options.end() ? std::vector<std::string>() : it->second;
}

Arguments parse_arguments(std::span<const std::string> given) {
    auto words = normalised(given, {});
    const auto at = command_position(words);
    Arguments arguments;
    std::string word;
    if (at < words.size()) {
        word = words[at];
        arguments.command = &command_of(word);
        words.erase(words.begin() + static_cast<std::ptrdiff_t>(at));
        if (at > 0 && words[at - 1] == "--") words.erase(words.begin() + static_cast<std::ptrdiff_t>(at - 1));
    }
    const Options own = arguments.command ? arguments.command->options : Options();
    po::options_description description;
    describe(description, global_options());
    describe(description, own);
    collect(strict_parse(normalised(words, own), description, arguments.command), own, arguments);
    if (!arguments.command) return arguments;
    if (word != arguments.command->name) translate_alias(word, arguments);
    if (!arguments.has("help")) check_positionals(arguments);
    return arguments;
}

std::string json_wish(std::span<const std::string> words) {
    for (const auto& word : words) {
        if (word == "--") break;
        if (word == "--json=lines" || word == "-json=lines") return "lines";
        if (word == "--json" || word == "-json" || word == "--json=document") return "document";
    }
    return {};
}

}  // namespace godwit::cli
