#include <fmt/format.h>

#include "commands/verbs.hpp"
#include "each/each.hpp"
#include "untouched.hpp"

namespace godwit::cli {

int run_up(Context& context) {
    const auto goal = goal_of("up", context.arguments);
    if (context.arguments.has("each") && context.arguments.has("report"))
        untouched([] { fail(Errc::Usage, "--report is of one database", "with --each there is --json"); });
    if (context.arguments.has("each")) return run_each(context, goal);
    for (const auto* option : {"jobs", "fail-fast"})
        if (context.arguments.has(option))
            untouched([&] {
                fail(Errc::Usage, fmt::format("--{} is for many databases at once", option),
                     "name them: --each FILE|SQL|-");
            });
    return run_goal(context, goal);
}

}  // namespace godwit::cli
