#include <fmt/format.h>

#include <algorithm>

#include "commands/verbs.hpp"
#include "render/json.hpp"

namespace godwit::cli {

namespace {

std::vector<Setting> effective(Context& context) {
    auto& settings = context.settings();
    std::vector<Setting> found;
    for (const auto* option : setting_options()) {
        const bool source = option->name == "source";
        auto setting = source ? settings.source() : settings.find(*option);
        if (option->hidden && !setting.given()) continue;
        found.push_back(std::move(setting));
    }
    return found;
}

}  // namespace

int run_config(Context& context) {
    auto& output = context.output;
    const auto settings = effective(context);
    const auto* config = context.settings().config();
    if (output.json()) {
        json::settings(output, config ? config->file.string() : "", context.settings().environment(),
                       context.settings().is_protected(), settings);
        return 0;
    }
    output.result(fmt::format("configuration file: {}", config ? config->file.string() : "none"));
    std::size_t widest = 0;
    for (const auto& setting : settings)
        widest = std::max(widest, setting.option->name.size());
    for (const auto& setting : settings) {
        const auto value = setting.values.empty() ? "-" : setting.shown();
        const auto place = setting.place.empty() || setting.values.empty() ? "" : "  (" + setting.place + ")";
        output.result(
            fmt::format("{:<{}}  {}{}", setting.option->name, widest, value, output.out().dim(place)));
    }
    if (context.settings().is_protected()) output.result(fmt::format("{:<{}}  true", "protected", widest));
    return 0;
}

}  // namespace godwit::cli
