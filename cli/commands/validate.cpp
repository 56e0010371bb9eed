#include <fmt/format.h>

#include "commands/verbs.hpp"
#include "godwit/error.hpp"
#include "render/format.hpp"
#include "render/json.hpp"
#include "render/text.hpp"
#include "session.hpp"

namespace godwit::cli {

namespace {

/// --at-least and --exactly as findings, so that they are shown and counted like the others.
void check_version(const Arguments& arguments, const LedgerState& state, Validation& validation) {
    const auto wrong = [&](std::string_view code, const std::string& message, const Version& version) {
        validation.findings.push_back(
            {std::string(code), Severity::Error, version.text(), "", message, "godwit up"});
    };
    if (const auto text = arguments.value("at-least")) {
        const auto version = version_argument(*text);
        if (!state.version || *state.version < version)
            wrong(
                "version-too-low",
                fmt::format("the database is at {}, not at least at {}", shown_version(state.version), *text),
                version);
    }
    if (const auto text = arguments.value("exactly")) {
        const auto version = version_argument(*text);
        if (!state.version || *state.version != version)
            wrong("version-differs",
                  fmt::format("the database is at {}, not at {}", shown_version(state.version), *text),
                  version);
    }
}

}  // namespace

int run_validate(Context& context) {
    if (context.arguments.has("at-least") && context.arguments.has("exactly"))
        fail(Errc::Usage, "validate: give only one of --at-least and --exactly");
    Session session(context);
    auto& migrator = session.migrator();
    session.say_header();
    auto validation = migrator.validate();
    if (context.arguments.has("at-least") || context.arguments.has("exactly"))
        check_version(context.arguments, session.connected().state(), validation);
    if (context.output.json())
        json::validation(context.output, session.database_url(), validation);
    else
        text::validation(context.output, validation);
    return validation.ok() ? 0 : exit_code(Errc::Validation);
}

}  // namespace godwit::cli
