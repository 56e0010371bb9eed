#include <fmt/format.h>

#include "commands/verbs.hpp"
#include "godwit/error.hpp"
#include "prompt.hpp"
#include "render/format.hpp"
#include "render/json.hpp"
#include "session.hpp"

namespace godwit::cli {

int run_force(Context& context) {
    const auto& word = context.arguments.positionals.front();
    const bool none = word == "none" || word == "-1";
    const auto version = none ? std::nullopt : std::optional(version_argument(word));
    confirm_if_protected(context, fmt::format("set the version to {}", shown_version(version)));
    Session session(context);
    auto& migrator = session.migrator();
    session.say_header();
    {
        const RunGuard guard(session.signals());
        migrator.force(version, context.arguments.value("why").value_or(""));
    }
    if (context.output.json()) {
        json::fields(
            context.output,
            {{"database", session.database_url()}, {"version", json::version(version)}, {"dirty", false}});
    } else if (!context.output.quiet()) {
        context.output.result(fmt::format("the ledger now says: {}, clean; the schema was not touched",
                                          shown_version(version)));
    }
    return 0;
}

}  // namespace godwit::cli
