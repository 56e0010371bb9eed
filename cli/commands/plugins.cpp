#include <fmt/format.h>
#include <fmt/ranges.h>

#include "commands/verbs.hpp"
#include "render/json.hpp"
#include "session.hpp"

namespace godwit::cli {

int run_plugins(Context& context) {
    auto& output = context.output;
    const auto reports = open_registry(context).list();
    if (output.json()) {
        json::plugins(output, reports);
        return 0;
    }
    for (const auto& plugin : reports) {
        const auto& paint = output.out();
        const auto mark = plugin.refused.empty() ? paint.green("✓") : paint.red("✗");
        output.result(fmt::format("{} {:<6} {:<12} {:<8} {}", mark, plugin_kind_name(plugin.kind),
                                  plugin.name, plugin.version, fmt::join(plugin.schemes, " ")));
        if (!plugin.summary.empty()) output.result("    " + plugin.summary);
        output.result("    " + plugin.file);
        if (!plugin.refused.empty()) output.result("    refused: " + plugin.refused);
    }
    if (reports.empty()) output.say("no plugins were found");
    return 0;
}

}  // namespace godwit::cli
