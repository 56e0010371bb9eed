#include <variant>

#include "commands/verbs.hpp"
#include "prompt.hpp"

namespace godwit::cli {

int run_down(Context& context) {
    const auto goal = goal_of("down", context.arguments);
    if (context.arguments.has("all") && !context.arguments.has("dry-run"))
        confirm_if_protected(context, "roll back everything");
    return run_goal(context, goal);
}

}  // namespace godwit::cli
