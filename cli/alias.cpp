#include "alias.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "godwit/error.hpp"

namespace godwit::cli {

namespace {

constexpr auto kAliases = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"migrate", "up"},
    {"apply", "up"},
    {"upgrade", "up"},
    {"deploy", "up"},
    {"rollback", "down"},
    {"downgrade", "down"},
    {"undo", "down"},
    {"info", "status"},
    {"current", "status"},
    {"create", "new"},
    {"add", "new"},
    {"generate", "new"},
    {"log", "history"},
    {"resolve", "repair"},
});

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// `upgrade head`, `upgrade +2`, `migrate deploy`; Alembic's `upgrade REVISION` names a version.
void translate_up(std::string_view word, Arguments& arguments) {
    auto& words = arguments.positionals;
    if (words.empty()) return;
    const std::string first = words.front();
    const bool noise = first == "head" || first == "heads" || first == "latest" || first == "deploy" ||
                       (word == "migrate" && first == "up");
    if (noise) {
        words.erase(words.begin());
    } else if (first.starts_with('+') && all_digits(std::string_view(first).substr(1))) {
        words.front().erase(0, 1);
    } else if (word == "migrate" && (first == "down" || first == "rollback" || first == "reset")) {
        fail(Errc::Usage, fmt::format("'migrate' means up, so '{}' cannot follow it", first),
             first == "reset" ? "to roll back everything: godwit down --all" : "to roll back: godwit down");
    } else if (word == "upgrade" && !first.starts_with('-')) {
        arguments.options["to"] = {first};
        words.erase(words.begin());
    }
}

/// `downgrade -1`, `downgrade base`; Alembic's `downgrade REVISION` names the version that stays.
void translate_down(std::string_view word, Arguments& arguments) {
    auto& words = arguments.positionals;
    if (words.empty()) return;
    const std::string first = words.front();
    if (first == "base" || first == "zero") {
        words.erase(words.begin());
        arguments.options["all"] = {""};
    } else if (first.starts_with('-') && all_digits(std::string_view(first).substr(1))) {
        words.front().erase(0, 1);
    } else if (word == "downgrade") {
        arguments.options["to"] = {first};
        words.erase(words.begin());
    }
}

}  // namespace

std::string_view native_name(std::string_view word) {
    for (const auto& [alias, native] : kAliases)
        if (alias == word) return native;
    return {};
}

void translate_alias(std::string_view word, Arguments& arguments) {
    const auto native = native_name(word);
    if (native == "up") translate_up(word, arguments);
    if (native == "down") translate_down(word, arguments);
    std::string shown = fmt::format("godwit {}", native);
    for (const auto& name : {"all", "to"})
        if (arguments.has(name))
            shown +=
                fmt::format(" --{}{}{}", name, *name == 't' ? " " : "", arguments.value(name).value_or(""));
    for (const auto& positional : arguments.positionals)
        shown += " " + positional;
    arguments.note = fmt::format("'{}' is godwit's '{}': {}", word, native, shown);
}

}  // namespace godwit::cli
