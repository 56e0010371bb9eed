#include "cli.hpp"

#include <fmt/format.h>

#include <csignal>
#include <exception>
#include <new>

#include "args.hpp"
#include "completion/suggestions.hpp"
#include "context.hpp"
#include "discretion.hpp"
#include "godwit/error.hpp"
#include "help.hpp"
#include "render/json.hpp"
#include "render/text.hpp"
#include "report/wish.hpp"
#include "untouched.hpp"

namespace godwit::cli {

namespace {

JsonMode json_mode(std::string_view wish) {
    return wish.empty() ? JsonMode::Off : wish == "lines" ? JsonMode::Lines : JsonMode::Document;
}

Output::Wish wish_of(const Arguments& arguments) {
    Output::Wish wish;
    wish.json = json_mode(arguments.value("json").value_or(""));
    wish.quiet = arguments.has("quiet");
    wish.verbosity = arguments.count("verbose");
    wish.color = arguments.value("color").value_or("auto");
    wish.aside = report_has_stdout(arguments.values("report"));
    wish.progress = !arguments.has("no-progress");
    return wish;
}

int report(Output& output, ErrorInfo info) {
    hide_passwords(info);
    output.json() ? json::error(output, info) : text::error(output, info);
    return exit_code(info.code);
}

ErrorInfo internal(std::string message) {
    ErrorInfo info;
    info.message = std::move(message);
    return info;
}

/// Every way out of a command ends here, so that a person and a script always learn why.
template <typename Work>
int guarded(Output& output, Work work) {
    try {
        return work();
    } catch (const Error& error) {
        return report(output, error.info());
    } catch (const std::bad_alloc&) {
        return report(output, internal("out of memory"));
    } catch (const std::exception& error) {
        return report(output, internal(error.what()));
    }
}

int print_version(Output& output) {
    if (output.json())
        json::fields(
            output,
            {{"tool", "godwit"}, {"version", GODWIT_VERSION}, {"plugin_abi", std::int64_t{kPluginAbi}}});
    else
        output.result("godwit " GODWIT_VERSION);
    return 0;
}

int dispatch(const Arguments& arguments, Output& output) {
    if (arguments.has("version")) return print_version(output);
    if (arguments.has("help")) {
        if (output.json())
            json::help(output);
        else
            output.raw(arguments.command ? command_help(*arguments.command) : main_help());
        return 0;
    }
    if (!arguments.command)
        untouched([] { fail(Errc::Usage, "no command was given", "godwit help lists the commands"); });
    if (!arguments.note.empty()) output.say("note: " + arguments.note);
    Context context(arguments, output);
    return arguments.command->run(context);
}

/// What a shell asks on TAB: `__complete -- WORD…`.
int complete(std::span<const std::string> words) {
    Output output({});
    if (!words.empty() && words.front() == "--") words = words.subspan(1);
    output.raw(suggestions_text(suggestions(words)));
    return output.flush() ? 0 : exit_code(Errc::Internal);
}

}  // namespace

int run(std::span<const std::string> words) {
    // A reader that goes away (`| head`) must not end a run between two migrations.
    std::signal(SIGPIPE, SIG_IGN);
    if (!words.empty() && words.front() == kCompleteWord) {
        Output silent({.quiet = true});
        return guarded(silent, [&] { return complete(words.subspan(1)); });
    }
    Output early({.json = json_mode(json_wish(words))});
    Arguments arguments;
    const int parsed = guarded(early, [&] {
        untouched([&] { arguments = parse_arguments(words); });
        return 0;
    });
    if (parsed != 0) {
        (void)early.flush();
        return parsed;
    }
    Output output(wish_of(arguments));
    const int code = guarded(output, [&] { return dispatch(arguments, output); });
    if (output.flush()) return code;
    output.complain("error: the result could not be written to stdout");
    return code == 0 ? exit_code(Errc::Internal) : code;
}

}  // namespace godwit::cli
