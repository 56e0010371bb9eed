#include <fmt/format.h>

#include "commands/verbs.hpp"
#include "godwit/error.hpp"
#include "prompt.hpp"
#include "render/format.hpp"
#include "render/json.hpp"
#include "session.hpp"

namespace godwit::cli {

int run_drop(Context& context) {
    auto& output = context.output;
    Session session(context);
    auto& driver = session.driver();
    const auto schema = context.arguments.value("schema").value_or("");
    confirm(context,
            fmt::format("drop everything in {}{}{}", schema.empty() ? "" : "schema " + schema + " of ",
                        session.database_url(), ""));
    session.connected();
    std::vector<std::string> dropped;
    {
        const auto deadline = Deadline::in(context.settings().duration("lock-timeout"));
        const auto lock =
            driver.lock(deadline, [&output](std::string_view holder, std::chrono::milliseconds) {
                output.say(fmt::format("waiting for the migration lock; held by {}", holder));
            });
        const RunGuard guard(session.signals());
        dropped = driver.drop_everything({.schema = schema});
    }
    if (output.json()) {
        json::fields(output, {{"database", session.database_url()}, {"dropped", dropped}});
        return 0;
    }
    if (output.quiet()) return 0;
    for (const auto& name : dropped)
        output.result("dropped " + name);
    output.result(dropped.empty() ? "nothing to drop" : counted(dropped.size(), "object") + " dropped");
    return 0;
}

}  // namespace godwit::cli
