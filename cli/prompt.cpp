#include "prompt.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <string>

#include "context.hpp"
#include "environment.hpp"
#include "godwit/error.hpp"

namespace godwit::cli {

namespace {

/// What GODWIT_YES says: "" = nothing, "y", or the name of a protected environment.
std::string prepared_answer(const Context& context) {
    if (context.arguments.has("yes")) return "y";
    auto value = environment_variable("GODWIT_YES").value_or("");
    if (value.empty() || value == "0" || value == "false" || value == "no" || value == "n") return {};
    if (value == "1" || value == "true" || value == "yes") return "y";
    return value;
}

std::string ask(Context& context, std::string_view question) {
    context.output.ask(question);
    std::string answer;
    std::getline(std::cin, answer);
    return answer;
}

void confirm_name(Context& context, std::string_view question) {
    const auto name = context.settings().environment();
    auto answer = prepared_answer(context);
    if (answer == name) return;
    if (isatty(STDIN_FILENO) != 1)
        fail(Errc::Usage,
             fmt::format("environment '{}' is protected, and there is no terminal to ask at", name),
             fmt::format(
                 "run it at a terminal, or with GODWIT_YES={} in the environment (--yes is not enough)",
                 name));
    answer = ask(context,
                 fmt::format("{}?\nEnvironment '{}' is protected: type its name to go on:", question, name));
    if (answer != name) fail(Errc::Usage, fmt::format("that is not '{}': nothing was done", name));
}

}  // namespace

void confirm(Context& context, std::string_view question) {
    if (context.settings().is_protected()) return confirm_name(context, question);
    if (prepared_answer(context) == "y") return;
    if (isatty(STDIN_FILENO) != 1)
        fail(Errc::Usage, fmt::format("{}: there is no terminal to ask at", question),
             "say --yes (or GODWIT_YES=1) if that is what you want");
    const auto answer = ask(context, fmt::format("{}? [y/N]", question));
    if (answer != "y" && answer != "Y" && answer != "yes")
        fail(Errc::Usage, "not confirmed: nothing was done");
}

void confirm_if_protected(Context& context, std::string_view question) {
    if (context.settings().is_protected()) confirm_name(context, question);
}

}  // namespace godwit::cli
