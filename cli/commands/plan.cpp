#include <fmt/format.h>

#include <array>
#include <string_view>

#include "commands/verbs.hpp"
#include "godwit/error.hpp"
#include "godwit/nearest.hpp"

namespace godwit::cli {

namespace {

constexpr auto kVerbs = std::to_array<std::string_view>({"up", "down", "goto", "redo"});

/// `plan 3` is `plan up 3`.
std::string_view verb_of(const Arguments& arguments, std::size_t& first) {
    if (arguments.positionals.empty())
        return arguments.has("all") || arguments.has("allow-missing-down") ? "down" : "up";
    const auto& word = arguments.positionals.front();
    for (const auto verb : kVerbs) {
        if (verb != word) continue;
        first = 1;
        return verb;
    }
    if (word.find_first_not_of("0123456789") == std::string::npos) return "up";
    const auto close = nearest(word, kVerbs);
    fail(Errc::Usage, fmt::format("plan: '{}' is none of up, down, goto, redo", word),
         close ? fmt::format("did you mean: godwit plan {}", *close) : "see: godwit help plan");
}

void check(std::string_view verb, const Arguments& arguments, std::size_t first) {
    const auto& words = arguments.positionals;
    if (verb == "goto" && words.size() == first)
        fail(Errc::Usage, "plan goto needs a version: godwit plan goto V");
    if (words.size() > first + 1)
        fail(Errc::Usage, fmt::format("plan: '{}' is one argument too many", words[first + 1]),
             "see: godwit help plan");
    if (arguments.has("all") && verb != "down")
        fail(Errc::Usage, fmt::format("plan {} has no option --all", verb));
    if (arguments.has("to") && verb != "down" && verb != "up")
        fail(Errc::Usage, fmt::format("plan {} has no option --to", verb));
}

}  // namespace

int run_plan(Context& context) {
    std::size_t first = 0;
    const auto verb = verb_of(context.arguments, first);
    check(verb, context.arguments, first);
    return show_plan(context, goal_of(verb, context.arguments, first));
}

}  // namespace godwit::cli
