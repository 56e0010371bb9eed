#include "completion/scripts.hpp"

#include <fmt/format.h>

#include "commands/verbs.hpp"
#include "godwit/error.hpp"
#include "godwit/nearest.hpp"
#include "render/json.hpp"
#include "words.hpp"

namespace godwit::cli {

int run_completion(Context& context) {
    const auto& shell = context.arguments.positionals.front();
    const auto script = completion_script(shell);
    if (script.empty()) {
        const auto close = nearest(shell, split_words(context.arguments.command->words));
        fail(Errc::Usage, fmt::format("completion: '{}' is none of bash, zsh, fish", shell),
             close ? fmt::format("did you mean: godwit completion {}", *close) : "");
    }
    if (context.output.json())
        json::fields(context.output, {{"shell", shell}, {"script", std::string(script)}});
    else
        context.output.raw(script);
    return 0;
}

}  // namespace godwit::cli
