#include <fmt/format.h>

#include <filesystem>

#include "commands/verbs.hpp"
#include "files.hpp"
#include "godwit/error.hpp"
#include "render/json.hpp"
#include "session.hpp"

namespace godwit::cli {

namespace fs = std::filesystem;

namespace {

/// What was named on the command line goes into the file, unless it holds a secret: that belongs to the
/// environment.
std::string database_line(const Settings& settings) {
    const auto found = settings.find("database");
    if (found.origin == Origin::Option && found.shown() == found.text()) return found.text();
    return "${DATABASE_URL}";
}

std::string content(const std::string& source, const std::string& database) {
    return fmt::format(
        "# godwit.yaml: what godwit works on (docs/configuration.md)\n"
        "source: {}\n"
        "database: {}\n"
        "\n"
        "# environments:                # godwit --env production up\n"
        "#   production:\n"
        "#     database: !file /run/secrets/database_url\n"
        "#     protected: true          # drop, down --all and force ask for the environment's name\n",
        source, database);
}

}  // namespace

int run_init(Context& context) {
    auto& settings = context.settings();
    for (const auto& name : {"godwit.yaml", ".godwit.yaml"})
        if (fs::exists(settings.working_directory() / name))
            fail(Errc::Usage, fmt::format("{} is there already", name), "change it, or remove it first");
    const auto source = settings.source();
    const auto url = source_url(settings, source);
    std::vector<std::string> created{"godwit.yaml"};
    if (url.scheme() == "file") {
        const auto parts = url.parts();
        const auto folder = fs::path(parts.host + parts.path);
        std::error_code error;
        if (fs::create_directories(folder, error)) created.push_back(folder.string() + "/");
        if (error)
            fail(Errc::Source,
                 fmt::format("cannot make the folder {}: {}", folder.string(), error.message()));
    }
    write_file("godwit.yaml", content(source.shown(), database_line(settings)), Errc::Config);
    if (context.output.json()) {
        json::fields(context.output, {{"created", created}});
        return 0;
    }
    for (const auto& name : created)
        context.output.result(name);
    context.output.say("next: godwit new NAME");
    return 0;
}

}  // namespace godwit::cli
