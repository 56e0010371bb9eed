#include "commands/verbs.hpp"

namespace godwit::cli {

int run_goto(Context& context) {
    return run_goal(context, goal_of("goto", context.arguments));
}

}  // namespace godwit::cli
