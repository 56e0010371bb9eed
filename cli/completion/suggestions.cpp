#include "completion/suggestions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <optional>

#include "alias.hpp"
#include "command.hpp"
#include "completion/sources.hpp"
#include "words.hpp"

namespace godwit::cli {

namespace {

using Options = std::span<const Option>;

/// The words in front of the one at hand, as far as they can be understood.
struct Line {
    const Command* command = nullptr;
    Arguments arguments;              ///< options and their values
    const Option* waiting = nullptr;  ///< the last word is an option, and the next one is its value
    bool literal = false;             ///< "--" was given: no options any more
    bool lost = false;                ///< the command word is none
};

const Option* find_option(const Line& line, std::string_view name) {
    const auto by_name = [&](Options options) {
        const auto it = std::ranges::find(options, name, &Option::name);
        return it == options.end() ? nullptr : &*it;
    };
    const Option* own = line.command ? by_name(line.command->options) : nullptr;
    return own ? own : by_name(global_options());
}

const Option* option_of(const Line& line, std::string_view word) {
    if (word.starts_with("--")) return find_option(line, word.substr(2, word.find('=') - 2));
    if (word.size() < 2 || word[0] != '-') return nullptr;
    const auto it = std::ranges::find(global_options(), word[1], &Option::letter);
    return it == global_options().end() ? nullptr : &*it;
}

bool takes_value(const Option& option) {
    return option.type != ValueType::Flag && option.bare.empty();
}

/// The value that stands in the word itself: --table=NAME, -pDIR.
std::optional<std::string> value_inside(std::string_view word, const Option& option) {
    const bool is_long = word.starts_with("--");
    const auto equals = word.find('=');
    if (is_long && equals != std::string_view::npos) return std::string(word.substr(equals + 1));
    if (!is_long && word.size() > 2 && takes_value(option)) return std::string(word.substr(2));
    return std::nullopt;
}

void take_option(Line& line, const std::string& word) {
    const auto* option = option_of(line, word);
    if (!option) return;
    const auto inside = value_inside(word, *option);
    if (takes_value(*option) && !inside) {
        line.waiting = option;
    } else {
        line.arguments.options[std::string(option->name)].push_back(
            inside.value_or(std::string(option->bare)));
    }
}

void take_argument(Line& line, const std::string& word) {
    if (line.command || line.lost) {
        line.arguments.positionals.push_back(word);
        return;
    }
    const auto native = native_name(word);
    line.command = find_command(native.empty() ? word : native);
    line.lost = line.command == nullptr;
}

Line read_line(std::span<const std::string> words) {
    Line line;
    for (const auto& word : words) {
        if (line.waiting) {
            line.arguments.options[std::string(line.waiting->name)].push_back(word);
            line.waiting = nullptr;
        } else if (!line.literal && word == "--") {
            line.literal = true;
        } else if (!line.literal && word.size() > 1 && word[0] == '-') {
            take_option(line, word);
        } else {
            take_argument(line, word);
        }
    }
    line.arguments.command = line.command;
    return line;
}

void add_words(std::string_view words, Suggestions& found) {
    for (const auto word : split_words(words))
        found.candidates.push_back({std::string(word), ""});
}

void add_commands(Suggestions& found) {
    for (const auto& command : commands())
        found.candidates.push_back({std::string(command.name), std::string(command.summary)});
}

void add_pages(const Line& line, Suggestions& found) {
    if (line.arguments.has("markdown")) return add_words("commands configuration", found);
    add_words("godwit godwit.yaml godwit-plugin", found);
    add_commands(found);
}

Suggestions suggest(Suggest what, const Line& line) {
    Suggestions found;
    switch (what) {
        case Suggest::Nothing:
            break;
        case Suggest::Files:
            found.paths = Paths::Files;
            break;
        case Suggest::Folders:
            found.paths = Paths::Folders;
            break;
        case Suggest::Commands:
            add_commands(found);
            break;
        case Suggest::Pages:
            add_pages(line, found);
            break;
        default:
            found.candidates = look_up(what, line.arguments);
    }
    return found;
}

Suggestions values_of(const Option& option, const Line& line) {
    Suggestions found = suggest(option.type == ValueType::Version ? Suggest::Versions : option.suggest, line);
    if (option.bare.empty() || option.type == ValueType::Choice) add_words(option.choices, found);
    return found;
}

/// `--color=au`: each candidate is the whole word.
Suggestions inside_word(const Option& option, std::string_view word, const Line& line) {
    auto found = values_of(option, line);
    const auto head = word.substr(0, word.starts_with("--") ? word.find('=') + 1 : 2);
    for (auto& candidate : found.candidates)
        candidate.value.insert(0, head);
    return found;
}

void add_options(Options options, const Line& line, Suggestions& found) {
    for (const auto& option : options) {
        if (option.hidden || (line.arguments.has(option.name) && !option.repeatable)) continue;
        found.candidates.push_back({fmt::format("--{}", option.name), std::string(option.help)});
        if (!option.bare.empty() && !option.choices.empty())
            for (const auto choice : split_words(option.choices))
                if (choice != option.bare)
                    found.candidates.push_back(
                        {fmt::format("--{}={}", option.name, choice), std::string(option.help)});
    }
}

Suggestions arguments_of(const Line& line) {
    if (!line.command) {
        Suggestions found;
        if (!line.lost) add_commands(found);
        return found;
    }
    const auto& command = *line.command;
    const auto given = line.arguments.positionals.size();
    if (given >= command.most_arguments) return {};
    // plan goto V
    const bool goes_to = given == 1 && line.arguments.positionals.front() == "goto";
    if (goes_to) return suggest(Suggest::Versions, line);
    auto found = suggest(command.suggest, line);
    if (given == 0) add_words(command.words, found);
    return found;
}

Suggestions all_suggestions(const std::string& word, const Line& line) {
    if (line.waiting) return values_of(*line.waiting, line);
    if (line.literal || !word.starts_with("-")) return arguments_of(line);
    const auto* option = option_of(line, word);
    if (option && value_inside(word, *option)) return inside_word(*option, word, line);
    Suggestions found;
    if (line.command) add_options(line.command->options, line, found);
    add_options(global_options(), line, found);
    return found;
}

/// A shell gets them a line each, and a person sees them.
bool presentable(const Candidate& candidate) {
    return !candidate.value.empty() && candidate.value.front() != ':' &&
           std::ranges::all_of(candidate.value + candidate.about,
                               [](unsigned char c) { return c >= ' ' && c != 0x7F; });
}

}  // namespace

Suggestions suggestions(std::span<const std::string> words) {
    const auto word = words.empty() ? std::string() : words.back();
    const auto line = read_line(words.first(words.empty() ? 0 : words.size() - 1));
    auto found = all_suggestions(word, line);
    std::erase_if(found.candidates, [&](const Candidate& candidate) {
        return !candidate.value.starts_with(word) || !presentable(candidate);
    });
    return found;
}

std::string suggestions_text(const Suggestions& found) {
    std::string text;
    for (const auto& candidate : found.candidates)
        text += fmt::format("{}\t{}\n", candidate.value, candidate.about);
    if (found.paths == Paths::Files) text += ":files\n";
    if (found.paths == Paths::Folders) text += ":folders\n";
    return text;
}

}  // namespace godwit::cli
