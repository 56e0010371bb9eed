#include "compat/usage.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace godwit::compat {

namespace {

// Scripts and wrappers read these texts: they are golang-migrate's to the letter (facts/golang-migrate.md 1).
constexpr std::string_view kCreate =
    "create [-ext E] [-dir D] [-seq] [-digits N] [-format] [-tz] NAME\n"
    "\t   Create a set of timestamped up/down migrations titled NAME, in directory D with extension E.\n"
    "\t   Use -seq option to generate sequential up/down migrations with N digits.\n"
    "\t   Use -format option to specify a Go time format string. Note: migrations with the same time cause "
    "\"duplicate migration version\" error.\n"
    "           Use -tz option to specify the timezone that will be used when generating non-sequential "
    "migrations "
    "(defaults: UTC).\n";
constexpr std::string_view kGoto = "goto V       Migrate to version V";
constexpr std::string_view kUp = "up [N]       Apply all or N up migrations";
constexpr std::string_view kDown =
    "down [N] [-all]    Apply all or N down migrations\n"
    "\tUse -all to apply all down migrations";
constexpr std::string_view kDrop =
    "drop [-f]    Drop everything inside database\n"
    "\tUse -f to bypass confirmation";
constexpr std::string_view kForce =
    "force V      Set version V but don't run migration (ignores dirty state)";

constexpr std::string_view kMain =
    "Usage: migrate OPTIONS COMMAND [arg...]\n"
    "       migrate [ -version | -help ]\n"
    "\n"
    "Options:\n"
    "  -source          Location of the migrations (driver://url)\n"
    "  -path            Shorthand for -source=file://path\n"
    "  -database        Run migrations against this database (driver://url)\n"
    "  -prefetch N      Number of migrations to load in advance before executing (default 10)\n"
    "  -lock-timeout N  Allow N seconds to acquire database lock (default 15)\n"
    "  -verbose         Print verbose logging\n"
    "  -version         Print version\n"
    "  -help            Print usage\n"
    "\n"
    "Commands:\n"
    "  {}\n  {}\n  {}\n  {}\n  {}\n  {}\n"
    "  version      Print current migration version\n"
    "\n"
    "Source drivers: {}\n"
    "Database drivers: {}\n";

}  // namespace

std::string_view command_usage(std::string_view command) {
    if (command == "create") return kCreate;
    if (command == "goto") return kGoto;
    if (command == "up") return kUp;
    if (command == "down") return kDown;
    if (command == "drop") return kDrop;
    return kForce;
}

std::string main_usage(const std::vector<std::string>& source_schemes,
                       const std::vector<std::string>& database_schemes) {
    return fmt::format(kMain, kCreate, kGoto, kUp, kDown, kDrop, kForce, fmt::join(source_schemes, ", "),
                       fmt::join(database_schemes, ", "));
}

}  // namespace godwit::compat
