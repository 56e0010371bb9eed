#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "commands/verbs.hpp"
#include "godwit/error.hpp"
#include "godwit/format.hpp"
#include "render/json.hpp"
#include "session.hpp"

namespace godwit::cli {

namespace fs = std::filesystem;

namespace {

/// Unix times and time stamps have ten digits and more; what is shorter was counted.
constexpr std::size_t kMostSequentialDigits = 9;
constexpr unsigned kMostDigits = 18;

unsigned digits_option(const std::string& text) {
    const auto number = count_argument(text);
    if (number > kMostDigits)
        fail(Errc::Usage, fmt::format("--digits: {} is more than {}", number, kMostDigits));
    return static_cast<unsigned>(number);
}

/// A folder whose newest version is a counted number goes on counting in the same width.
void follow_folder(const MigrationSet& existing, NewMigration& wish) {
    if (existing.in_order.empty()) return;
    const auto& newest = existing.in_order.back().version.text();
    if (newest.size() > kMostSequentialDigits) return;
    wish.sequential = true;
    wish.digits = static_cast<unsigned>(newest.size());
}

NewMigration wish_of(const Arguments& arguments, const MigrationSet& existing) {
    NewMigration wish;
    wish.name = arguments.positionals.front();
    wish.now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    wish.sql = arguments.value("sql").value_or("");
    if (!wish.sql.empty() && wish.sql.back() != '\n') wish.sql += '\n';
    follow_folder(existing, wish);
    if (arguments.has("timestamp")) wish.sequential = false;
    if (arguments.has("sequential") && !wish.sequential) wish.sequential = true, wish.digits = 6;
    if (const auto digits = arguments.value("digits")) wish.digits = digits_option(*digits);
    return wish;
}

/// Never over a file that is there.
void write_new(const fs::path& file, const std::string& content) {
    const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) fail(Errc::Source, fmt::format("cannot make {}: {}", file.string(), std::strerror(errno)));
    std::string_view rest = content;
    ssize_t written = 0;
    while (!rest.empty() && (written = write(fd, rest.data(), rest.size())) >= 0)
        rest.remove_prefix(static_cast<std::size_t>(written));
    const int error = errno;
    if (close(fd) != 0 || !rest.empty())
        fail(Errc::Source,
             fmt::format("cannot write {}: {}", file.string(), std::strerror(rest.empty() ? errno : error)));
}

/// A folder that is not there yet is made: the first migration of a project.
std::vector<Entry> listing(Source& source, const fs::path& folder) {
    std::error_code error;
    if (!fs::exists(folder, error)) {
        fs::create_directories(folder, error);
        if (error)
            fail(Errc::Source,
                 fmt::format("cannot make the folder {}: {}", folder.string(), error.message()));
    }
    return source.list();
}

}  // namespace

int run_new(Context& context) {
    const auto& arguments = context.arguments;
    if (arguments.has("sequential") && arguments.has("timestamp"))
        fail(Errc::Usage, "new: give only one of --sequential and --timestamp");
    if (arguments.has("digits") && arguments.has("timestamp"))
        fail(Errc::Usage, "new: --digits is for numbers, not for time stamps");
    auto& settings = context.settings();
    const auto found = settings.source();
    const auto source =
        open_registry(context).open_source(source_url(settings, found), source_options(context, found));
    const auto folder = folder_of(*source);
    const auto entries = listing(*source, folder);
    const auto name = settings.find("format");
    const auto& format = name.given() ? find_format(name.text()) : detect_format(entries);
    const auto files = format.new_files(wish_of(arguments, format.read_listing(entries)), entries);

    std::vector<std::string> made;
    for (const auto& file : files) {
        write_new(folder / file.path, file.content);
        const auto relative = (folder / file.path).lexically_relative(settings.working_directory());
        const bool inside = !relative.empty() && *relative.begin() != "..";
        made.push_back(inside ? relative.string() : (folder / file.path).string());
        context.output.result(made.back());
    }
    if (context.output.json()) json::fields(context.output, {{"files", made}});
    return 0;
}

}  // namespace godwit::cli
