#include "each/each.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "commands/verbs.hpp"
#include "each/run.hpp"
#include "each/targets.hpp"
#include "godwit/duration.hpp"
#include "godwit/error.hpp"
#include "godwit/shared_files.hpp"
#include "render/each.hpp"
#include "render/format.hpp"
#include "render/json.hpp"
#include "session.hpp"
#include "untouched.hpp"

namespace godwit::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kUsualJobs = 4;
constexpr std::size_t kMostJobs = 500;  // sockets, threads; servers take fewer

/// Opens the drivers of targets. Thread-safe once made.
class Opener {
  public:
    explicit Opener(Context& context)
        : context_(context),
          registry_(new PluginRegistry(open_registry(context))),
          options_(driver_options(context)) {}

    /// What --database names. Throws Errc::Usage where it names nothing.
    void read_base() {
        const auto found = context_.settings().database();
        base_ = Url::parse(found.text(), found.place);
        folder_ = found.from_file() ? context_.settings().base(found) : fs::path();
    }

    /// The URL of --database, redacted; "" where nobody asked for it.
    [[nodiscard]] std::string base() const { return base_ ? base_->redacted() : ""; }

    /// A relative file in the configuration file's URL counts from that file's folder.
    [[nodiscard]] std::unique_ptr<Driver> open_base() const {
        const auto here = fs::current_path();
        if (!folder_.empty()) fs::current_path(folder_);
        auto driver = registry_->open_driver(*base_, options_);
        fs::current_path(here);
        return driver;
    }

    [[nodiscard]] std::unique_ptr<Driver> open(const Target& target) const {
        if (target.url) return registry_->open_driver(*target.url, options_);
        auto options = options_;
        options.database = target.database;
        options.schema = target.schema;
        return registry_->open_driver(*base_, options);
    }

  private:
    Context& context_;
    std::unique_ptr<PluginRegistry> registry_;  ///< moves with the opener
    DriverOptions options_;
    std::optional<Url> base_;
    fs::path folder_;
};

std::string read_list(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream || fs::is_directory(file))
        fail(Errc::Usage, fmt::format("--each: there is no file {} to read", file),
             "name a file with a target a line, a SELECT, or - for standard input");
    std::ostringstream text;
    text << stream.rdbuf();
    return std::move(text).str();
}

struct List {
    std::string from;
    std::vector<Target> targets;
};

List ask_database(Context& context, Session& session, Opener& opener, const std::string& sql) {
    opener.read_base();
    const auto driver = opener.open_base();
    const Watched watched(session.signals(), *driver);
    const auto tell = [&](const Error& error) {
        context.output.say(fmt::format("waiting for {}: {}", opener.base(), error.info().message));
    };
    connect(*driver, {context.settings().duration("connect-retry"), tell});
    try {
        return {"a query", targets_of_rows(driver->query(sql))};
    } catch (Error& error) {
        if (error.code() == Errc::Statement) error.edit().message = "--each: " + error.info().message;
        const bool writes = error.info().sqlstate == "25006";
        if (writes) error.edit().hint = "the query of --each runs in a transaction that only reads";
        throw;
    }
}

List read_targets(Context& context, Session& session, Opener& opener) {
    const auto wish = *context.arguments.value("each");
    if (wish == "-") {
        const std::string text(std::istreambuf_iterator<char>(std::cin), {});
        return {"standard input", parse_targets(text, "standard input")};
    }
    std::error_code ignored;
    if (is_query(wish) && !fs::exists(wish, ignored)) return ask_database(context, session, opener, wish);
    if (wish.find("://") != std::string::npos)
        fail(Errc::Usage, "--each: a URL is no list of databases", "for one database: godwit up -d URL");
    return {wish, parse_targets(read_list(wish), wish)};
}

/// What is wrong with a target before anybody connects is told before any of them is begun.
void check(const List& list, Opener& opener) {
    const auto named =
        std::ranges::find_if(list.targets, [](const Target& target) { return !target.url.has_value(); });
    if (named != list.targets.end() && opener.base().empty()) {
        try {
            opener.read_base();
        } catch (Error& error) {
            error.edit().message =
                fmt::format("{}: '{}' is a name: {}", named->place, named->name, error.info().message);
            throw;
        }
    }
    for (const Target& target : list.targets) {
        try {
            (void)opener.open(target);
        } catch (Error& error) {
            error.edit().message = fmt::format("{}: {}", target.place, error.info().message);
            throw;
        }
    }
}

std::size_t jobs_of(const Arguments& arguments) {
    const auto given = arguments.value("jobs");
    if (!given) return kUsualJobs;
    const auto jobs = count_argument(*given);
    if (jobs > kMostJobs)
        fail(Errc::Usage, fmt::format("--jobs: {} at once are too many", jobs),
             fmt::format("at most {}, and no more than the server has connections", kMostJobs));
    return jobs;
}

std::vector<std::string> names_of(const List& list) {
    std::vector<std::string> names;
    names.reserve(list.targets.size());
    for (const Target& target : list.targets)
        names.push_back(target.name);
    return names;
}

void say_header(Output& output, const EachReport& report, std::size_t targets, const SharedFiles& files) {
    std::size_t halves = 0, pairs = 0;
    for (const auto& migration : files.migrations().in_order) {
        halves += static_cast<std::size_t>(migration.up.has_value()) +
                  static_cast<std::size_t>(migration.down.has_value());
        pairs += migration.up && migration.down ? 1 : 0;
    }
    if (output.json()) return;
    output.say(fmt::format("{}{}{} from {}, {} at once  format {} ({}, {} up+down)", report.database,
                           report.database.empty() ? "" : "  ", counted(targets, "target"), report.list,
                           report.jobs, report.format, counted(halves, "file"), pairs));
}

EachWish wish_of(Context& context, Session& session, const Goal& goal) {
    EachWish wish{.goal = goal, .options = session.migrator_options(policy_of(context), nullptr)};
    wish.jobs = jobs_of(context.arguments);
    wish.fail_fast = context.arguments.has("fail-fast");
    wish.dry_run = context.arguments.has("dry-run");
    wish.connect_retry = context.settings().duration("connect-retry");
    wish.options.identity.run_id = default_identity().run_id;  // all of it is one run
    return wish;
}

/// Everything that can be found wrong before a target is begun has been.
struct Prepared {
    EachWish wish;
    Opener opener;
    List list;
    std::unique_ptr<SharedFiles> files;
};

Prepared prepare(Context& context, Session& session, const Goal& goal) {
    Prepared ready{wish_of(context, session, goal), Opener(context), {}, nullptr};
    ready.list = read_targets(context, session, ready.opener);
    check(ready.list, ready.opener);
    ready.files = std::make_unique<SharedFiles>(session.source(), ready.wish.options.format);
    ready.files->migrations().require_sound();
    return ready;
}

}  // namespace

int run_each(Context& context, const Goal& goal) {
    Session session(context);
    auto& output = context.output;
    const auto ready = untouched([&] { return prepare(context, session, goal); });
    EachReport report;
    report.database = ready.opener.base();
    report.list = ready.list.from;
    report.format = ready.files->format().name();
    report.jobs = ready.wish.jobs;
    report.dry_run = ready.wish.dry_run;
    say_header(output, report, ready.list.targets.size(), *ready.files);

    EachReporter reporter(
        output, [&session](const std::string& path) { return session.shown_file(path); },
        names_of(ready.list));
    EachRun run(
        ready.wish, ready.list.targets, [&](const Target& target) { return ready.opener.open(target); },
        *ready.files, session.signals(), reporter);
    const auto start = std::chrono::steady_clock::now();
    report.targets = run.run();
    report.took =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
    report.interrupted = session.signals().stop_asked();
    output.json() ? json::each(output, report) : text::each(output, report);
    return report.exit_code();
}

}  // namespace godwit::cli
