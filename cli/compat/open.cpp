#include "compat/open.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <utility>

#include "compat/errors.hpp"
#include "compat/go_flags.hpp"
#include "environment.hpp"
#include "godwit/format.hpp"
#include "godwit/migrator.hpp"
#include "godwit/plugin_registry.hpp"
#include "signals.hpp"

namespace godwit::compat {

namespace {

/// An error with golang-migrate's text, to be shown behind "error: ".
struct Refused : std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::optional<std::string> environment(std::string_view name) {
    return cli::environment_variable(std::string(name));
}

/// The scheme as golang-migrate takes it: what is before the first "://" or, for sources, ':'.
void require_scheme(const std::string& url, std::string_view which) {
    if (url.empty())
        throw Refused(fmt::format("failed to parse scheme from {} URL: URL cannot be empty", which));
    const auto colon = url.find(':');
    if (colon == std::string::npos || colon == 0)
        throw Refused(fmt::format("failed to parse scheme from {} URL: no scheme", which));
}

/// The version of a file named in a finding stands in its message; golang-migrate names the file.
std::optional<std::string> duplicate_of(const MigrationSet& set) {
    const auto it = std::ranges::find(set.findings, "duplicate-version", &Finding::code);
    if (it == set.findings.end()) return std::nullopt;
    return it->file;
}

bool unknown_plugin(const Error& error) {
    return error.code() == Errc::Plugin;
}

struct OpenedSource {
    std::unique_ptr<Source> source;
    MigrationSet set;
};

OpenedSource open_source(const PluginRegistry& registry, const std::string& text) {
    const Url url = Url::parse(text, "-source");
    const auto refuse = [&](const std::string& reason) -> Refused {
        return Refused(fmt::format("failed to open source, {}: {}", go_quote(url.redacted()), reason));
    };
    SourceOptions options;
    options.env = environment;
    options.working_directory = std::filesystem::current_path();
    OpenedSource opened;
    try {
        opened.source = registry.open_source(url, options);
        opened.set = find_format("golang-migrate").read_listing(opened.source->list());
    } catch (const Error& error) {
        if (unknown_plugin(error))
            throw refuse(fmt::format("source driver: unknown driver '{}' (forgotten import?)", url.scheme()));
        if (error.info().native_code == "ENOENT") throw refuse("open .: no such file or directory");
        throw refuse(error.what());
    }
    if (const auto file = duplicate_of(opened.set)) throw refuse("duplicate migration file: " + *file);
    opened.set.require_sound();
    return opened;
}

std::unique_ptr<Driver> open_driver(const PluginRegistry& registry, const Url& url) {
    DriverOptions options;
    options.env = environment;
    options.golang_migrate = true;
    options.application_name = "migrate";
    options.home_directory = environment("HOME").value_or("");
    options.connect_timeout = Milliseconds(0);
    std::unique_ptr<Driver> driver;
    try {
        driver = registry.open_driver(url, options);
    } catch (const Error& error) {
        if (!unknown_plugin(error)) throw Refused(fmt::format("failed to open database: {}", error.what()));
        throw Refused(fmt::format(
            "failed to open database: database driver: unknown driver {} (forgotten import?)", url.scheme()));
    }
    try {
        driver->connect();
        driver->ensure_version_table();
    } catch (const Error& error) {
        throw Refused("failed to open database: " + open_failure(family_of(url.scheme()), error.info(), url));
    }
    return driver;
}

bool asks_for_multi_statement(const Url& url) {
    const std::string& rest = url.rest().reveal();
    const auto at = rest.find("x-multi-statement=");
    if (at == std::string::npos || (rest[at - 1] != '?' && rest[at - 1] != '&')) return false;
    const auto begin = at + std::string_view("x-multi-statement=").size();
    return parse_go_bool(rest.substr(begin, rest.find('&', begin) - begin)).value_or(false);
}

int open_and_run(const Log& log, const OpenWish& wish, const std::function<int(Runner&)>& work) {
    require_scheme(wish.source, "source");
    require_scheme(wish.database, "database");
    cli::Signals signals([] {},
                         [&](cli::Stopping stopping) {
                             if (stopping == cli::Stopping::Behind)
                                 log.line("Stopping after this running migration ...");
                         });
    const PluginRegistry registry(SearchOptions::from_process());
    const OpenedSource source = open_source(registry, wish.source);
    const Url url = Url::parse(wish.database, "-database");
    const std::unique_ptr<Driver> driver = open_driver(registry, url);
    RunnerOptions options;
    options.family = family_of(url.scheme());
    options.multi_statement = asks_for_multi_statement(url);
    options.lock_timeout = wish.lock_timeout;
    options.prefetch = wish.prefetch;
    options.identity = default_identity();
    options.stop = [&] { return signals.stop_asked(); };
    const cli::Watched watched(signals, *driver);
    const cli::RunGuard running(signals);
    Runner runner(*source.source, *driver, source.set, log, std::move(options));
    const int code = work(runner);
    if (code == 0) log.verbose_line("Closing source and database");
    return code;
}

}  // namespace

OpenRunner opener(const Log& log, OpenWish wish) {
    return [&log, wish = std::move(wish)](const std::function<int(Runner&)>& work) {
        try {
            return open_and_run(log, wish, work);
        } catch (const std::exception& error) {
            log.line(std::string("error: ") + error.what());
            return 1;
        }
    };
}

}  // namespace godwit::compat
