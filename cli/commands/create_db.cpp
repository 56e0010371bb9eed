#include <fmt/format.h>

#include "commands/verbs.hpp"
#include "godwit/error.hpp"
#include "prompt.hpp"
#include "render/json.hpp"
#include "session.hpp"

namespace godwit::cli {

namespace {

DatabaseAdmin& admin_of(Session& session) {
    auto* admin = session.driver().admin();
    if (!admin)
        fail(Errc::Usage,
             fmt::format("{}: this database cannot be created or dropped", session.database_url()));
    return *admin;
}

int tell(Context& context, const Session& session, std::string_view key, bool changed, std::string_view done,
         std::string_view nothing) {
    if (context.output.json())
        json::fields(context.output, {{"database", session.database_url()}, {key, changed}});
    else if (!context.output.quiet())
        context.output.result(fmt::format("{} {}", changed ? done : nothing, session.database_url()));
    return 0;
}

}  // namespace

int run_create_db(Context& context) {
    Session session(context);
    auto& admin = admin_of(session);
    const RunGuard guard(session.signals());
    return tell(context, session, "created", admin.create(), "created", "exists already:");
}

int run_drop_db(Context& context) {
    Session session(context);
    auto& admin = admin_of(session);
    confirm(context, fmt::format("drop the database {} as a whole", session.database_url()));
    const RunGuard guard(session.signals());
    return tell(context, session, "dropped", admin.drop(), "dropped", "there is none:");
}

}  // namespace godwit::cli
