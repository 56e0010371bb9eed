#include "session.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <future>
#include <thread>

#include "environment.hpp"
#include "godwit/duration.hpp"
#include "godwit/error.hpp"
#include "godwit/format.hpp"
#include "render/json.hpp"
#include "render/text.hpp"
#include "untouched.hpp"

namespace godwit::cli {

namespace fs = std::filesystem;

namespace {

std::string home_directory() {
    if (const auto home = environment_variable("HOME"); home && !home->empty()) return *home;
    const passwd* entry = getpwuid(geteuid());
    return entry && entry->pw_dir ? entry->pw_dir : "";
}

std::string user_name() {
    const passwd* entry = getpwuid(geteuid());
    return entry && entry->pw_name ? entry->pw_name : fmt::format("uid {}", geteuid());
}

/// A bare name is for the dynamic loader's own search; anything with a folder in it counts from `base`.
std::vector<std::string> from_base(const std::vector<std::string>& files, const fs::path& base) {
    std::vector<std::string> result;
    result.reserve(files.size());
    for (const auto& file : files)
        result.push_back(file.find('/') == std::string::npos ? file
                                                             : (base / file).lexically_normal().string());
    return result;
}

void require_default_folder(const Settings& settings, const Setting& found) {
    const auto folder = settings.working_directory() / Url::parse(found.text()).rest().reveal().substr(2);
    if (fs::is_directory(folder)) return;
    fail(Errc::Source, "there is neither a folder ./migrations nor ./db/migrations here",
         "name one: --path DIR or --source URL; or begin: godwit new NAME");
}

/// The schema is only worth a word where the person named one.
std::string shown_table(const Settings& settings, const DatabaseInfo& info) {
    const auto prefix = info.schema + ".";
    const bool plain = settings.find("table").text().find('.') == std::string::npos;
    return plain && info.table.starts_with(prefix) ? info.table.substr(prefix.size()) : info.table;
}

std::optional<unsigned> retry_of(const Setting& setting) {
    if (!setting.given()) return std::nullopt;
    unsigned number = 0;
    const std::string text = setting.text();
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) fail(Errc::Usage, fmt::format("{}: '{}' is too large", setting.place, text));
    return number;
}

/// What a signal during a run, or the end of the grace behind it, tells the person.
void tell_stopping(Output& output, Stopping stopping) {
    switch (stopping) {
        case Stopping::Behind:
            output.complain("stopping behind the running migration; once more cancels it on the server");
            return;
        case Stopping::Cancelling:
            output.complain("cancelling the running statement; once more ends godwit at once");
            return;
        case Stopping::GraceOver:
            output.complain("the running migration takes longer than --grace: cancelling it on the server");
    }
}

void tell_abandoned(Output& output) {
    ErrorInfo info;
    info.code = Errc::Interrupted;
    info.message = "interrupted";
    info.state = "nothing was begun that the database does not undo by itself";
    output.json() ? json::error(output, info) : text::error(output, info);
    (void)output.flush();
}

}  // namespace

PluginRegistry open_registry(Context& context) {
    auto& settings = context.settings();
    auto search = SearchOptions::from_process();
    const auto files = settings.find("plugin");
    for (const auto& file : files.values)
        search.files.push_back((settings.base(files) / file).lexically_normal());
    if (const auto path = settings.find("plugin-path"); path.given()) search.path_list = path.text();
    search.user_plugins = context.arguments.has("user-plugins");
    search.allow_unsafe = context.arguments.has("allow-unsafe-plugins");
    return PluginRegistry(std::move(search));
}

DriverOptions driver_options(Context& context) {
    auto& settings = context.settings();
    DriverOptions options;
    options.env = [](std::string_view name) { return environment_variable(std::string(name)); };
    const auto table = settings.find("table");
    options.table = table.text();
    options.table_given = table.given();
    options.connect_timeout = settings.duration("connect-timeout");
    options.statement_timeout = settings.duration("statement-timeout");
    options.ddl_lock_timeout = settings.duration("ddl-lock-timeout");
    // who looks at what is in the way does not wait for it
    const bool looks = context.arguments.command->name == "locks";
    options.lock_timeout = looks ? Milliseconds(0) : settings.duration("lock-timeout");
    options.init_sql = settings.find("init-sql").values;
    const auto extensions = settings.find("load-extension");
    options.load_extensions = from_base(extensions.values, settings.base(extensions));
    const auto no_batch = settings.find("no-batch");
    options.batch =
        no_batch.origin == Origin::Option ? !context.arguments.has("no-batch") : no_batch.text() != "true";
    options.home_directory = home_directory();
    return options;
}

void connect(Driver& driver, const Patience& patience) {
    const auto deadline = Deadline::in(patience.time);
    Milliseconds pause(100);
    for (bool told = false;; told = true) {
        try {
            return driver.connect();
        } catch (const Error& error) {
            const bool given_up = patience.stop && patience.stop();
            if (!error.info().transient || deadline.expired() || given_up) throw;
            if (!told) patience.told(error);
        }
        std::this_thread::sleep_for(deadline.remaining(pause));
        pause = std::min(pause * 2, Milliseconds(1000));
    }
}

Url source_url(const Settings& settings, const Setting& found) {
    try {
        return Url::parse(found.text(), found.place);
    } catch (const Error& error) {
        std::error_code ignored;
        if (!fs::is_directory(settings.base(found) / found.text(), ignored)) throw;
        Error better = error;
        better.edit().hint = fmt::format("it is a folder: --path {0}, or file://{0}", found.text());
        throw better;
    }
}

SourceOptions source_options(Context& context, const Setting& source) {
    SourceOptions options;
    options.env = [](std::string_view name) { return environment_variable(std::string(name)); };
    options.working_directory = context.settings().base(source);
    return options;
}

fs::path folder_of(const Source& source) {
    const auto inside =
        source.local_path(Entry{.path = "new", .size = 0, .kind = EntryKind::File, .fingerprint = {}});
    if (!inside)
        fail(Errc::Usage, fmt::format("{} is no folder of this machine", source.describe()),
             "name a folder: --path DIR");
    return inside->parent_path();
}

Session::Session(Context& context)
    : context_(context),
      signals_([&context] { tell_abandoned(context.output); },
               [&context](Stopping stopping) { tell_stopping(context.output, stopping); }) {}

Session::~Session() {
    if (driver_) signals_.unwatch(*driver_);
}

Source& Session::source() {
    if (!source_) untouched([this] { open_source(); });
    return *source_;
}

void Session::open_source() {
    const auto found = context_.settings().source();
    if (found.origin == Origin::Default) require_default_folder(context_.settings(), found);
    const auto url = source_url(context_.settings(), found);
    source_ = open_registry(context_).open_source(url, source_options(context_, found));
    say_ignored_placeholders();
}

/// No layout of today has placeholders: text that looks like one reaches the database as it is.
void Session::say_ignored_placeholders() {
    if (context_.settings().find("placeholder").given())
        context_.output.say("note: placeholders are left alone: the layout has none");
}

Driver& Session::driver() {
    if (!driver_) untouched([this] { open_driver(); });
    return *driver_;
}

void Session::open_driver() {
    auto& settings = context_.settings();
    const auto found = settings.database();
    const auto url = Url::parse(found.text(), found.place);
    database_url_ = url.redacted();
    const auto options = driver_options(context_);
    // A relative file in the configuration file's URL counts from that file's folder, wherever godwit
    // is called; every other relative path was made absolute before.
    if (found.from_file()) fs::current_path(settings.base(found));
    driver_ = open_registry(context_).open_driver(url, options);
    if (!settings.environment().empty() && found.origin == Origin::Environment)
        context_.output.say(fmt::format("note: {} is stronger than environment '{}' of {}", found.place,
                                        settings.environment(), settings.config()->shown));
    signals_.watch(*driver_);
}

Driver& Session::connected() {
    return connected(Milliseconds(0));
}

Driver& Session::connected(Milliseconds patience) {
    driver();
    if (!connected_) {
        const auto retry = context_.settings().find("connect-retry");
        const Patience wait{
            retry.given() ? *parse_duration(retry.text()) : patience, [this](const Error& error) {
                context_.output.say(fmt::format("waiting for {}: {}", database_url_, error.info().message));
            }};
        untouched([&] { cli::connect(*driver_, wait); });
        connected_ = true;
    }
    return *driver_;
}

RunIdentity Session::identity() const {
    RunIdentity identity;
    identity.os_user = user_name();
    return identity;
}

MigratorOptions Session::migrator_options(const Policy& policy, Reporter* reporter) {
    auto& settings = context_.settings();
    MigratorOptions options;
    if (const auto format = settings.find("format"); format.given())
        options.format = &find_format(format.text());
    options.policy = policy;
    options.lock_timeout = settings.duration("lock-timeout");
    options.retry = retry_of(settings.find("retry"));
    signals_.set_grace(settings.duration("grace"));
    options.identity = identity();
    options.reporter = reporter;
    options.stop = [this] { return signals_.stop_asked(); };
    return options;
}

Migrator& Session::migrator(const Policy& policy, Reporter* reporter) {
    if (!migrator_) {
        auto options = migrator_options(policy, reporter);
        driver();  // what is wrong with its URL is told before what is wrong with the files
        auto& files = source();
        auto migrator = std::make_unique<Migrator>(files, *driver_, std::move(options));
        list_and_connect(*migrator);
        migrator_ = std::move(migrator);
    }
    return *migrator_;
}

/// The files are listed while the server takes its time.
void Session::list_and_connect(Migrator& migrator) {
    const auto list = [&migrator] {
        try {
            migrator.migrations();
        } catch (const Error&) {
            return;  // it is listed again for whoever wants to know, and that one is told
        }
    };
    const auto listing = std::async(std::launch::async, list);
    connected();
    listing.wait();
}

std::string Session::shown_file(const std::string& path) {
    const auto local =
        source().local_path(Entry{.path = path, .size = 0, .kind = EntryKind::File, .fingerprint = {}});
    if (!local) return path;
    const auto relative = local->lexically_relative(context_.settings().working_directory());
    return relative.empty() || *relative.begin() == ".." ? local->string() : relative.string();
}

void Session::say_header() {
    if (context_.output.quiet() || context_.output.json()) return;
    const auto& set = migrator().migrations();
    std::size_t files = 0, pairs = 0;
    for (const auto& migration : set.in_order) {
        files += static_cast<std::size_t>(migration.up.has_value()) +
                 static_cast<std::size_t>(migration.down.has_value());
        pairs += migration.up && migration.down ? 1 : 0;
    }
    const auto info = connected().info();
    context_.output.say(fmt::format("{}  {}  format {} ({} file{}, {} up+down)", database_url_,
                                    shown_table(context_.settings(), info), migrator().format().name(), files,
                                    files == 1 ? "" : "s", pairs));
    if (context_.output.verbosity() < 2) return;
    context_.output.say(fmt::format("{} {}, database {}, schema {}, user {}", info.product, info.version,
                                    info.database, info.schema.empty() ? "-" : info.schema,
                                    info.user.empty() ? "-" : info.user));
    context_.output.say("source " + source().describe());
}

}  // namespace godwit::cli
