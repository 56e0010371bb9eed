#include "commands/verbs.hpp"
#include "godwit/error.hpp"
#include "render/json.hpp"
#include "render/text.hpp"
#include "session.hpp"

namespace godwit::cli {

int run_status(Context& context) {
    Session session(context);
    auto& migrator = session.migrator(policy_of(context));
    session.say_header();
    const auto status = migrator.status();
    if (context.output.json())
        json::status(context.output, session.database_url(), status);
    else
        text::status(context.output, status);
    if (!context.arguments.has("check")) return 0;
    if (status.dirty) return exit_code(Errc::Dirty);
    return status.pending > 0 ? exit_code(Errc::Pending) : 0;
}

}  // namespace godwit::cli
