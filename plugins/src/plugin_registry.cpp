#include "godwit/plugin_registry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "builtin.hpp"
#include "godwit/nearest.hpp"
#include "modules.hpp"
#include "open_guarded.hpp"
#include "schemes.hpp"
#include "search_path.hpp"

namespace godwit {
namespace plugins {
namespace {

Wanted wanted_for(PluginKind kind, const Url& url) {
    const std::string& scheme = url.scheme();
    // a scheme becomes part of a file name: nothing but a scheme may get there
    if (!is_scheme(scheme))
        fail(Errc::Usage, fmt::format("'{}' is not a URL scheme: it must match [a-z][a-z0-9+.-]*", scheme));
    return Wanted{kind, scheme, names_for(kind, scheme), false};
}

std::optional<Usable> find_builtin(const Wanted& wanted) {
    for (const PluginEntry* entry : builtin_plugins()) {
        const Descriptor descriptor = describe(*entry->info);
        if (wanted.matches(descriptor)) return Usable{entry, descriptor.name, "built-in"};
    }
    return std::nullopt;
}

std::optional<Usable> find(const SearchOptions& options, const Wanted& wanted,
                           std::vector<std::string>& tried) {
    if (auto found = find_in_files(options, wanted)) return found;
    if (auto found = find_builtin(wanted)) return found;
    return find_in_folders(options, wanted, tried);
}

std::vector<std::string> known_schemes(PluginKind kind, const std::vector<PluginReport>& reports) {
    std::vector<std::string> known;
    for (const std::string_view scheme : stock_schemes(kind))
        known.emplace_back(scheme);
    for (const PluginReport& report : reports) {
        if (report.kind == kind && report.refused.empty())
            known.insert(known.end(), report.schemes.begin(), report.schemes.end());
    }
    std::ranges::sort(known);
    known.erase(std::unique(known.begin(), known.end()), known.end());
    return known;
}

/// Without these two the program would be of no use: they are in its own package.
std::string debian_package(const Wanted& wanted) {
    const std::string& name = wanted.names.front();
    if (wanted.kind == PluginKind::Source && (name == "filesystem" || name == "embedded")) return "godwit";
    return fmt::format("godwit-{}-{}", plugin_kind_name(wanted.kind), name);
}

std::string not_found_hint(const Wanted& wanted, const std::vector<std::string>& known) {
    const auto stock = stock_plugin(wanted.kind, wanted.scheme);
    const std::vector<std::string_view> words(known.begin(), known.end());
    if (stock.empty()) {
        if (const auto near = nearest(wanted.scheme, words)) return fmt::format("did you mean {}:", *near);
    }
    if (wanted.names.empty()) return "name the plugin's file with --plugin, or its folder with --plugin-path";
    return fmt::format(
        "install it (the Debian package would be {}), or name its file with --plugin, or its folder with "
        "--plugin-path",
        debian_package(wanted));
}

[[noreturn]] void not_found(const PluginRegistry& registry, const Wanted& wanted,
                            const std::vector<std::string>& tried) {
    const auto known = known_schemes(wanted.kind, registry.list());
    fail(Errc::Plugin,
         fmt::format("no {} plugin for '{}:' (known schemes: {}); looked in: {}",
                     plugin_kind_name(wanted.kind), wanted.scheme, fmt::join(known, " "),
                     fmt::join(tried, "; ")),
         not_found_hint(wanted, known));
}

Usable require(const PluginRegistry& registry, const Wanted& wanted) {
    std::vector<std::string> tried;
    if (auto found = find(registry.options(), wanted, tried)) return *std::move(found);
    not_found(registry, wanted, tried);
}

/// NAME of `embedded://NAME`; "" where it cannot be a plugin's.
std::string embedded_name(const Url& url) {
    std::string_view text = url.rest().reveal();
    while (text.starts_with('/'))
        text.remove_prefix(1);
    text = text.substr(0, text.find_first_of("/?#"));
    return is_plugin_name(text) ? std::string(text) : std::string();
}

std::unique_ptr<Source> open_embedded(const PluginRegistry& registry, const Url& url,
                                      const SourceOptions& options) {
    Wanted wanted = wanted_for(PluginKind::Source, url);
    wanted.only_names = true;
    std::vector<std::string> tried;
    const std::string name = embedded_name(url);
    if (!name.empty() && name != "embedded") {
        Wanted own = wanted;
        own.names = {name};
        if (const auto found = find(registry.options(), own, tried))
            return open_guarded(*found, url, options);
    }
    try {
        return open_guarded(require(registry, wanted), url, options);
    } catch (Error& error) {
        if (!tried.empty() && error.code() != Errc::Plugin)
            error.edit().hint += fmt::format("{}a plugin of that name was looked for in: {}",
                                             error.info().hint.empty() ? "" : "; ", fmt::join(tried, "; "));
        throw;
    }
}

/// Marks those that an earlier one of the same kind and name keeps from being used; a file that two places
/// lead to is kept once.
void mark_hidden(std::vector<PluginReport>& reports) {
    std::map<std::pair<PluginKind, std::string>, std::string> seen;
    std::erase_if(reports, [&](PluginReport& report) {
        if (report.name.empty()) return false;
        const auto [first, fresh] = seen.try_emplace({report.kind, report.name}, report.file);
        if (fresh) return false;
        if (first->second == report.file) return true;
        if (report.refused.empty())
            report.refused = first->second == "built-in" ? "never loaded: a plugin of that name is linked in"
                                                         : "hidden by " + first->second;
        return false;
    });
}

}  // namespace

PluginReport report_of(const Descriptor& descriptor, std::string file) {
    return PluginReport{descriptor.kind,
                        descriptor.name,
                        descriptor.schemes,
                        descriptor.version,
                        descriptor.summary,
                        std::move(file),
                        {}};
}

}  // namespace plugins

std::string plugin_kind_name(PluginKind kind) {
    return kind == PluginKind::Driver ? "driver" : "source";
}

PluginRegistry::PluginRegistry(SearchOptions options) : options_(std::move(options)) {
    plugins::require_absolute(options_);
}

PluginRegistry::~PluginRegistry() = default;

std::unique_ptr<Driver> PluginRegistry::open_driver(const Url& url, const DriverOptions& options) const {
    const auto wanted = plugins::wanted_for(PluginKind::Driver, url);
    return plugins::open_guarded(plugins::require(*this, wanted), url, options);
}

std::unique_ptr<Source> PluginRegistry::open_source(const Url& url, const SourceOptions& options) const {
    if (url.scheme() == "embedded") return plugins::open_embedded(*this, url, options);
    const auto wanted = plugins::wanted_for(PluginKind::Source, url);
    return plugins::open_guarded(plugins::require(*this, wanted), url, options);
}

std::vector<PluginReport> PluginRegistry::list() const {
    std::vector<PluginReport> reports = plugins::list_files(options_);
    for (const PluginEntry* entry : plugins::builtin_plugins())
        reports.push_back(plugins::report_of(plugins::describe(*entry->info), "built-in"));
    std::ranges::move(plugins::list_folders(options_), std::back_inserter(reports));
    plugins::mark_hidden(reports);
    std::ranges::stable_sort(reports, {}, &PluginReport::kind);
    return reports;
}

}  // namespace godwit
