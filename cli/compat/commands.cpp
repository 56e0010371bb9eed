#include "compat/commands.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>

#include "compat/create.hpp"
#include "compat/go_flags.hpp"
#include "compat/go_time.hpp"
#include "compat/usage.hpp"

namespace godwit::compat {

namespace {

std::vector<FlagSpec> flags_of(std::string_view command) {
    std::vector<FlagSpec> flags{{"help", FlagKind::Bool, "false", "Print help information"}};
    if (command == "create") {
        flags.push_back({"ext", FlagKind::Text, "", "File extension"});
        flags.push_back(
            {"dir", FlagKind::Text, "", "Directory to place file in (default: current working directory)"});
        flags.push_back({"format", FlagKind::Text, CreateWish().format,
                         "The Go time format string to use. If the string \"unix\" or \"unixNano\" is "
                         "specified, then the seconds or "
                         "nanoseconds since January 1, 1970 UTC respectively will be used. Caution, due to "
                         "the behavior of "
                         "time.Time.Format(), invalid format strings will not error"});
        flags.push_back({"tz", FlagKind::Text, CreateWish().zone,
                         "The timezone that will be used for generating timestamps (default: utc)"});
        flags.push_back({"seq", FlagKind::Bool, "false",
                         "Use sequential numbers instead of timestamps (default: false)"});
        flags.push_back(
            {"digits", FlagKind::Int, "6", "The number of digits to use in sequences (default: 6)"});
    } else if (command == "down") {
        flags.push_back({"all", FlagKind::Bool, "false", "Apply all down migrations"});
    } else if (command == "drop") {
        flags.push_back(
            {"f", FlagKind::Bool, "false", "Force the drop command by bypassing the confirmation prompt"});
    }
    return flags;
}

/// fmt.Scanln: the first word of one line; nothing at the end of input.
bool answered_yes() {
    std::string line;
    if (!std::getline(std::cin, line)) return false;
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos) return false;
    const auto end = line.find_first_of(" \t\r", begin);
    const std::string word = line.substr(begin, end == std::string::npos ? end : end - begin);
    return word == "y" || word == "Y";
}

class Commands {
  public:
    Commands(const Log& log, const OpenRunner& open, std::span<const std::string> words)
        : log_(log),
          open_(open),
          command_(words.front()),
          defaults_(flags_of(command_)),
          parsed_(parse_flags(defaults_, words.subspan(1))) {}

    int run() {
        if (command_ == "version") return open_([&](Runner& runner) { return report(runner.version()); });
        if (!parsed_.error.empty() || parsed_.help) return usage_of_command();
        if (parsed_.is_set("help")) {
            std::fputs(
                fmt::format("{}\n{}", command_usage(command_), print_defaults(parsed_.flags, defaults_))
                    .c_str(),
                stderr);
            return 0;
        }
        if (command_ == "create") return create_files();
        if (command_ == "goto") return go();
        if (command_ == "up") return up();
        if (command_ == "down") return down();
        if (command_ == "drop") return drop();
        return force();
    }

  private:
    int fail(std::string_view text) const {
        log_.line(text);
        return 1;
    }

    int usage_of_command() const {
        const std::string error = parsed_.error.empty() ? "" : parsed_.error + "\n";
        std::fputs(
            fmt::format("{}Usage of {}:\n{}", error, command_, print_defaults(parsed_.flags, defaults_))
                .c_str(),
            stderr);
        return parsed_.help ? 0 : 2;
    }

    int finish() const {
        if (command_ == "version") return 0;
        log_.verbose_line("Finished after " + go_duration(std::chrono::steady_clock::now() - started_));
        return 0;
    }

    int create_files() const {
        if (parsed_.arguments.empty()) return fail("error: please specify name");
        if (parsed_.text("ext").empty()) return fail("error: -ext flag must be specified");
        const CreateWish wish{.name = parsed_.arguments[0],
                              .extension = parsed_.text("ext"),
                              .folder = parsed_.text("dir"),
                              .format = parsed_.text("format"),
                              .zone = parsed_.text("tz"),
                              .sequential = parsed_.is_set("seq"),
                              .digits = static_cast<long>(parsed_.number("digits")),
                              .now = std::chrono::system_clock::now()};
        const CreateResult result = create(wish, [&](std::string_view path) { log_.line(path); });
        if (result.error.empty()) return 0;
        return fail(result.bare_error ? result.error : "error: " + result.error);
    }

    int go() const {
        return open_([&](Runner& runner) {
            if (parsed_.arguments.empty()) return fail("error: please specify version argument V");
            const auto version = parse_go_uint(parsed_.arguments[0]);
            if (!version) return fail("error: can't read version argument V");
            return report(runner.go(static_cast<std::int64_t>(*version)));
        });
    }

    int up() const {
        return open_([&](Runner& runner) {
            std::int64_t limit = -1;
            if (!parsed_.arguments.empty()) {
                const auto number = parse_go_uint(parsed_.arguments[0]);
                if (!number) return fail("error: can't read limit argument N");
                limit = static_cast<std::int64_t>(*number);
            }
            return report(runner.up(limit < 0 ? -1 : limit));
        });
    }

    int down() const {
        return open_([&](Runner& runner) {
            const auto& arguments = parsed_.arguments;
            std::int64_t limit = -1;
            if (parsed_.is_set("all")) {
                if (!arguments.empty()) return fail("error: -all cannot be used with other arguments");
            } else if (arguments.size() > 1) {
                return fail("error: too many arguments");
            } else if (arguments.size() == 1) {
                const auto number = parse_go_uint(arguments[0]);
                if (!number) return fail("error: can't read limit argument N");
                limit = static_cast<std::int64_t>(*number);
            } else if (!confirmed("Are you sure you want to apply all down migrations? [y/N]",
                                  "Applying all down migrations", "Not applying all down migrations")) {
                return 1;
            }
            return report(runner.down(limit < 0 ? -1 : limit));
        });
    }

    int drop() const {
        const bool go_on =
            parsed_.is_set("f") ||
            confirmed("Are you sure you want to drop the entire database schema? [y/N]",
                      "Dropping the entire database schema", "Aborted dropping the entire database schema");
        if (!go_on) return 1;
        return open_([&](Runner& runner) { return report(runner.drop()); });
    }

    int force() const {
        return open_([&](Runner& runner) {
            if (parsed_.arguments.empty()) return fail("error: please specify version argument V");
            const auto version = parse_go_int(parsed_.arguments[0]);
            if (!version) return fail("error: can't read version argument V");
            if (*version < -1) return fail("error: argument V must be >= -1");
            return report(runner.force(*version));
        });
    }

    bool confirmed(std::string_view question, std::string_view yes, std::string_view no) const {
        log_.line(question);
        const bool answer = answered_yes();
        log_.line(answer ? yes : no);
        return answer;
    }

    int report(const std::string& error) const {
        if (error == kNoChange) {
            log_.line(error);
        } else if (!error.empty()) {
            return fail("error: " + error);
        }
        return finish();
    }

    const Log& log_;
    const OpenRunner& open_;
    std::string command_;
    std::vector<FlagSpec> defaults_;
    ParsedFlags parsed_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace

bool is_command(std::string_view word) {
    constexpr std::string_view kCommands[] = {"create", "goto", "up", "down", "drop", "force", "version"};
    return std::ranges::find(kCommands, word) != std::end(kCommands);
}

int run_command(const Log& log, const OpenRunner& open, std::span<const std::string> words) {
    return Commands(log, open, words).run();
}

}  // namespace godwit::compat
