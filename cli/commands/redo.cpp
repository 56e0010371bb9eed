#include "commands/verbs.hpp"

namespace godwit::cli {

int run_redo(Context& context) {
    return run_goal(context, goal_of("redo", context.arguments));
}

}  // namespace godwit::cli
