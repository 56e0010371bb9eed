#include "completion/sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "context.hpp"
#include "godwit/error.hpp"
#include "godwit/format.hpp"
#include "process.hpp"
#include "session.hpp"
#include "words.hpp"

namespace godwit::cli {

namespace {

std::vector<Candidate> environments(Context& context) {
    std::vector<Candidate> found;
    if (const auto* config = context.settings().config())
        for (const auto& section : config->environments)
            found.push_back({section.name, section.is_protected ? "protected" : ""});
    return found;
}

std::vector<Candidate> layouts() {
    std::vector<Candidate> found;
    for (const auto* format : formats())
        found.push_back({std::string(format->name()), ""});
    return found;
}

std::vector<Candidate> schemes(Context& context, PluginKind kind) {
    std::vector<Candidate> found;
    for (const auto& plugin : open_registry(context).list()) {
        if (plugin.kind != kind || !plugin.refused.empty()) continue;
        for (const auto& scheme : plugin.schemes)
            found.push_back({scheme + "://", plugin.summary});
    }
    return found;
}

std::vector<Candidate> git_refs() {
    const auto listed = run_program(
        {"git", "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes", "refs/tags"},
        {.most_bytes = kMostBytes});
    std::vector<Candidate> found;
    if (listed.status != 0) return found;
    for (const auto name : split_words(listed.out, '\n'))
        found.push_back({std::string(name), ""});
    return found;
}

/// A key on TAB runs nobody's program.
bool runs_command(const Settings& settings) {
    const auto runs = [](const ConfigSection& section) {
        const auto it = section.values.find("source");
        return it != section.values.end() && it->second.kind == ConfigValue::Kind::Command;
    };
    const auto* config = settings.config();
    return config && (runs(config->top) || std::ranges::any_of(config->environments, runs));
}

std::vector<Candidate> versions(Context& context) {
    if (runs_command(context.settings())) return {};
    const auto setting = context.settings().source();
    const auto url = source_url(context.settings(), setting);
    if (url.scheme() != "file") return {};
    auto entries = open_registry(context).open_source(url, source_options(context, setting))->list();
    const auto name = context.settings().find("format");
    const auto& format = name.given() ? find_format(name.text()) : detect_format(entries);
    std::vector<Candidate> found;
    const auto set = format.read_listing(std::move(entries));
    for (const auto& migration : set.in_order)
        found.push_back({migration.version.text(), std::string(migration.name())});
    std::ranges::reverse(found);
    return found;
}

std::vector<Candidate> find(Suggest what, Context& context) {
    switch (what) {
        case Suggest::Environments:
            return environments(context);
        case Suggest::Formats:
            return layouts();
        case Suggest::DatabaseUrls:
            return schemes(context, PluginKind::Driver);
        case Suggest::SourceUrls:
            return schemes(context, PluginKind::Source);
        case Suggest::GitRefs:
            return git_refs();
        case Suggest::Versions:
            return versions(context);
        default:
            return {};
    }
}

}  // namespace

std::vector<Candidate> look_up(Suggest what, const Arguments& arguments) {
    Output nowhere({.quiet = true});
    try {
        Context context(arguments, nowhere);
        return find(what, context);
    } catch (const std::exception&) {
        return {};  // a message in the middle of a line that is being typed would only be in the way
    }
}

}  // namespace godwit::cli
