#include "commands/verbs.hpp"
#include "godwit/error.hpp"

namespace godwit::cli {

int run_resume(Context& context) {
    const bool done = context.arguments.has("done");
    const bool again = context.arguments.has("again");
    if (done && again) fail(Errc::Usage, "resume: give only one of --done and --again");
    return run_goal(context, Resume{done    ? ResumeWish::Done
                                    : again ? ResumeWish::Again
                                            : ResumeWish::FindOut});
}

}  // namespace godwit::cli
