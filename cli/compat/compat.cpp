#include "compat/compat.hpp"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "compat/commands.hpp"
#include "compat/go_flags.hpp"
#include "compat/open.hpp"
#include "compat/usage.hpp"
#include "godwit/plugin_registry.hpp"

namespace godwit::compat {

namespace {

std::vector<FlagSpec> main_flags() {
    return {{"help", FlagKind::Bool, "false", ""},      {"version", FlagKind::Bool, "false", ""},
            {"verbose", FlagKind::Bool, "false", ""},   {"prefetch", FlagKind::Uint, "10", ""},
            {"lock-timeout", FlagKind::Uint, "15", ""}, {"path", FlagKind::Text, "", ""},
            {"database", FlagKind::Text, "", ""},       {"source", FlagKind::Text, "", ""}};
}

std::string usage() {
    std::vector<std::string> sources;
    std::vector<std::string> databases;
    for (const PluginReport& plugin : PluginRegistry(SearchOptions::from_process()).list()) {
        if (!plugin.refused.empty()) continue;
        auto& list = plugin.kind == PluginKind::Driver ? databases : sources;
        list.insert(list.end(), plugin.schemes.begin(), plugin.schemes.end());
    }
    return main_usage(sources, databases);
}

int print(const std::string& text, int code) {
    std::fputs(text.c_str(), stderr);
    return code;
}

OpenWish open_wish(const ParsedFlags& flags) {
    OpenWish wish;
    wish.source = flags.text("source");
    if (wish.source.empty() && !flags.text("path").empty()) wish.source = "file://" + flags.text("path");
    wish.database = flags.text("database");
    wish.prefetch = static_cast<std::size_t>(flags.number("prefetch"));
    wish.lock_timeout = std::min<Milliseconds>(
        std::chrono::seconds(std::min<std::int64_t>(flags.number("lock-timeout"), 86'400'000)),
        std::chrono::hours(24'000));
    return wish;
}

}  // namespace

int run(std::span<const std::string> words) {
    const ParsedFlags flags = parse_flags(main_flags(), words);
    if (!flags.error.empty()) return print(flags.error + "\n" + usage(), 2);
    if (flags.help) return print(usage(), 0);
    if (flags.is_set("version")) return print("godwit " GODWIT_VERSION "\n", 0);
    if (flags.is_set("help")) return print(usage(), 0);
    if (flags.arguments.empty() || !is_command(flags.arguments.front())) return print(usage(), 2);
    const Log log(flags.is_set("verbose"));
    return run_command(log, opener(log, open_wish(flags)), flags.arguments);
}

}  // namespace godwit::compat
