#include "commands/verbs.hpp"
#include "godwit/error.hpp"
#include "render/json.hpp"
#include "render/text.hpp"
#include "session.hpp"

namespace godwit::cli {

namespace {

LockReport read(Session& session) {
    try {
        session.connected();
    } catch (const Error& error) {
        // just what is to be looked at
        if (error.code() != Errc::Locked) throw;
    }
    return session.driver().locks();
}

}  // namespace

int run_locks(Context& context) {
    Session session(context);
    const auto report = read(session);
    if (context.output.json())
        json::locks(context.output, session.database_url(), report);
    else
        text::locks(context.output, report);
    return 0;
}

}  // namespace godwit::cli
