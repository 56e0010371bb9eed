#include "commands/verbs.hpp"

namespace godwit::cli {

int run_up(Context& context) {
    return run_goal(context, goal_of("up", context.arguments));
}

}  // namespace godwit::cli
