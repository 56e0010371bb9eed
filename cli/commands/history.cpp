#include "commands/verbs.hpp"
#include "render/json.hpp"
#include "render/text.hpp"
#include "session.hpp"

namespace godwit::cli {

int run_history(Context& context) {
    const auto& words = context.arguments.positionals;
    const std::size_t limit = words.empty() ? 0 : count_argument(words.front());
    Session session(context);
    const auto rows = session.connected().history(limit);
    if (context.output.json())
        json::history(context.output, session.database_url(), rows);
    else
        text::history(context.output, rows);
    return 0;
}

}  // namespace godwit::cli
