#include <fmt/format.h>

#include "commands/verbs.hpp"
#include "godwit/error.hpp"
#include "render/json.hpp"
#include "render/text.hpp"
#include "session.hpp"

namespace godwit::cli {

namespace {

/// A script as it was stored, byte for byte: fit to be redirected into a file.
int show_script(Context& context, Direction direction, const std::string& text) {
    Session session(context);
    const auto version = version_argument(text);
    auto& driver = session.connected();
    const auto script =
        direction == Direction::Up ? driver.stored_up_script(version) : driver.stored_down_script(version);
    const auto way = direction_name(direction);
    if (!script)
        fail(Errc::Validation, fmt::format("no {} script of version {} is stored", way, version.text()),
             direction == Direction::Up
                 ? fmt::format("it is kept for what godwit applied, up to {} KiB", kMostKeptUpScript / 1024)
                 : "it is kept for what godwit applied with a down file");
    if (context.output.json())
        json::fields(context.output, {{"database", session.database_url()},
                                      {"version", version.text()},
                                      {"direction", std::string(way)},
                                      {"script", *script}});
    else
        context.output.raw(*script);
    return 0;
}

}  // namespace

int run_history(Context& context) {
    const auto& arguments = context.arguments;
    const auto up = arguments.value("up-script");
    const auto down = arguments.value("down-script");
    const auto& words = arguments.positionals;
    if ((up ? 1 : 0) + (down ? 1 : 0) + (words.empty() ? 0 : 1) > 1)
        fail(Errc::Usage, "history: give only one of N, --up-script and --down-script");
    if (up) return show_script(context, Direction::Up, *up);
    if (down) return show_script(context, Direction::Down, *down);
    const std::size_t limit = words.empty() ? 0 : count_argument(words.front());
    Session session(context);
    const auto rows = session.connected().history(limit);
    if (context.output.json())
        json::history(context.output, session.database_url(), rows);
    else
        text::history(context.output, rows);
    return 0;
}

}  // namespace godwit::cli
