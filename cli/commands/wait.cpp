#include <fmt/format.h>

#include <thread>

#include "commands/verbs.hpp"
#include "godwit/duration.hpp"
#include "godwit/error.hpp"
#include "render/format.hpp"
#include "render/json.hpp"
#include "session.hpp"

namespace godwit::cli {

namespace {

constexpr Milliseconds kPatience(60'000);

[[noreturn]] void not_current(const Status& status) {
    ErrorInfo info;
    info.code = status.dirty ? Errc::Dirty : Errc::Pending;
    info.message = fmt::format("the database is at {}{}: {}", shown_version(status.current),
                               status.dirty ? ", dirty" : "",
                               counted(status.pending, "migration is", "migrations are") + " pending");
    info.hint = "wait longer with --connect-retry, or look at whoever migrates";
    info.next = "godwit status";
    throw Error(std::move(info));
}

Status wait_until_current(Migrator& migrator, const Deadline& deadline, Output& output) {
    for (bool told = false;; told = true) {
        auto status = migrator.status();
        if (status.pending == 0 && !status.dirty) return status;
        if (deadline.expired()) not_current(status);
        if (!told)
            output.say(fmt::format("waiting for {} to be applied", counted(status.pending, "migration")));
        std::this_thread::sleep_for(deadline.remaining(Milliseconds(250)));
    }
}

}  // namespace

int run_wait(Context& context) {
    const auto retry = context.settings().find("connect-retry");
    const auto deadline = Deadline::in(retry.given() ? *parse_duration(retry.text()) : kPatience);
    Session session(context);
    session.connected(kPatience);
    std::optional<Version> current;
    if (context.arguments.has("until-current"))
        current = wait_until_current(session.migrator(), deadline, context.output).current;
    else
        current = session.connected().state().version;
    if (context.output.json())
        json::fields(context.output,
                     {{"database", session.database_url()}, {"version", json::version(current)}});
    else if (!context.output.quiet())
        context.output.result(fmt::format("{} answers; {}", session.database_url(), shown_version(current)));
    return 0;
}

}  // namespace godwit::cli
