#include <fmt/format.h>

#include "commands/verbs.hpp"
#include "godwit/error.hpp"
#include "render/format.hpp"
#include "render/json.hpp"
#include "session.hpp"

namespace godwit::cli {

int run_version(Context& context) {
    auto& output = context.output;
    Session session(context);
    const auto state = session.connected().state();
    if (output.json()) {
        json::fields(output, {{"database", session.database_url()},
                              {"version", json::version(state.version)},
                              {"dirty", state.dirty}});
    } else if (state.version) {
        output.result(state.version->text());
    }
    if (state.dirty) {
        if (!output.json())
            output.complain(
                fmt::format("dirty at {}: godwit status says more", shown_version(state.version)));
        return exit_code(Errc::Dirty);
    }
    if (state.version) return 0;
    if (!output.json()) output.say("no migration is applied");
    return exit_code(Errc::Pending);
}

}  // namespace godwit::cli
