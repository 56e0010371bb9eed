// What repair and baseline have in common: the ledger changes, the schema does not.
#include <fmt/format.h>

#include "commands/verbs.hpp"
#include "godwit/error.hpp"
#include "prompt.hpp"
#include "render/format.hpp"
#include "render/json.hpp"
#include "render/text.hpp"
#include "session.hpp"

namespace godwit::cli {

namespace {

std::vector<Version> versions_of(const Arguments& arguments, std::string_view option) {
    std::vector<Version> versions;
    for (const auto& text : arguments.values(option))
        versions.push_back(version_argument(text));
    return versions;
}

/// `--accept 2 3`: the words behind belong to the one option that is given.
RepairWish wish_of(const Arguments& arguments) {
    RepairWish wish{versions_of(arguments, "accept"), versions_of(arguments, "forget")};
    if (arguments.positionals.empty()) return wish;
    if (wish.accept.empty() == wish.forget.empty())
        fail(Errc::Usage,
             fmt::format("repair: what is to be done with version {}?", arguments.positionals.front()),
             "write --accept or --forget before each version");
    auto& versions = wish.accept.empty() ? wish.forget : wish.accept;
    for (const auto& text : arguments.positionals)
        versions.push_back(version_argument(text));
    return wish;
}

void say_nothing_to_do(Output& output, const LedgerWork& work) {
    output.result(fmt::format("nothing to do: the ledger says {}", shown_version(work.before)));
}

void write(Context& context, Session& session, const LedgerWork& work) {
    auto& output = context.output;
    {
        const RunGuard guard(session.signals());
        session.migrator().carry_out(work);
    }
    if (!output.json() && !output.quiet())
        output.result(
            fmt::format("{} written to the history; the ledger now says: {}, clean; the schema was "
                        "not touched",
                        counted(work.changes.size(), "row"), shown_version(work.after)));
}

int finish(Context& context, Session& session, const LedgerWork& work, bool done) {
    if (context.output.json()) json::ledger_work(context.output, session.database_url(), work, done);
    return 0;
}

}  // namespace

int run_repair(Context& context) {
    auto& output = context.output;
    const auto wish = wish_of(context.arguments);
    Session session(context);
    auto& migrator = session.migrator(policy_of(context));
    session.say_header();
    const auto work = migrator.plan_repair(wish);
    if (!output.json()) text::ledger_work(output, work);
    if (work.actions.empty()) {
        if (!output.json()) say_nothing_to_do(output, work);
        return finish(context, session, work, false);
    }
    if (context.arguments.has("dry-run")) return finish(context, session, work, false);
    confirm(context, fmt::format("write this to the ledger of {}", session.database_url()));
    write(context, session, work);
    return finish(context, session, work, true);
}

int run_baseline(Context& context) {
    auto& output = context.output;
    const auto version = version_argument(context.arguments.positionals.front());
    const bool dry = context.arguments.has("dry-run");
    if (!dry)
        confirm_if_protected(context, fmt::format("count everything up to {} as applied", version.text()));
    Session session(context);
    auto& migrator = session.migrator();
    session.say_header();
    const auto work = migrator.plan_baseline(version);
    if (!output.json()) text::ledger_work(output, work);
    if (work.actions.empty()) {
        if (!output.json()) say_nothing_to_do(output, work);
        return finish(context, session, work, false);
    }
    if (dry) return finish(context, session, work, false);
    write(context, session, work);
    return finish(context, session, work, true);
}

}  // namespace godwit::cli
