#include "reference/man.hpp"

#include <fmt/format.h>

#include <span>

#include "command.hpp"
#include "exit_codes.hpp"
#include "godwit/plugin.hpp"
#include "help.hpp"
#include "reference/value_types.hpp"

namespace godwit::cli {

namespace {

/// No date: the same program always writes the same page.
std::string head(std::string_view name, int section, std::string_view summary) {
    return fmt::format(".TH {} {} \"\" \"godwit {}\" \"godwit manual\"\n.SH NAME\n{} \\- {}\n",
                       roff_text(name), section, GODWIT_VERSION, roff_text(name), roff_text(summary));
}

std::string paragraph(std::string_view text) {
    return fmt::format(".PP\n{}\n", roff_text(text));
}

std::string item(std::string_view term, std::string_view text) {
    return fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff_text(term), roff_text(text));
}

std::string meaning(const Option& option) {
    auto text = option_meaning(option) + ".";
    if (!option.env.empty())
        text += fmt::format(" Environment: {}{}{}.", option.env, option.env_fallback.empty() ? "" : ", else ",
                            option.env_fallback);
    if (!option.key.empty()) text += fmt::format(" In godwit.yaml: {}.", option.key);
    return text;
}

std::string options_section(std::span<const Option> options) {
    std::string text = ".SH OPTIONS\n";
    for (const auto& option : options)
        if (!option.hidden) text += item(option_form(option), meaning(option));
    return text;
}

std::string exit_section() {
    std::string text = ".SH \"EXIT STATUS\"\n";
    for (const auto& row : exit_codes())
        text += item(std::to_string(row.code), fmt::format("{}.", row.meaning));
    return text;
}

std::string also(std::string_view pages) {
    return fmt::format(".SH \"SEE ALSO\"\n{}\n", pages);
}

ManPage main_page() {
    auto text = head("godwit", 1, "schema migrations for PostgreSQL, MySQL, MariaDB and SQLite");
    text +=
        ".SH SYNOPSIS\n\\fBgodwit\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]\n.SH "
        "DESCRIPTION\n";
    text += roff_text(
        "godwit moves databases from version to version: it applies and rolls back migrations, and keeps in "
        "the "
        "database what was done. Results go to standard output, everything else to standard error. Options "
        "that "
        "every command takes may stand before or after the command word.");
    text += "\n.SH COMMANDS\n";
    for (const auto& command : commands())
        text += item(command.usage.empty() ? std::string(command.name)
                                           : fmt::format("{} {}", command.name, command.usage),
                     fmt::format("{}. See godwit-{}(1).", command.summary, command.name));
    text += options_section(global_options());
    text += paragraph(
        "Durations: 500ms, 15s, 2m, a bare number = seconds. Stronger first: option, environment variable, "
        "environment in godwit.yaml, godwit.yaml, default.");
    text += exit_section();
    text +=
        ".SH EXAMPLES\n.EX\ngodwit new create_users \\-\\-database sqlite://app.db\n"
        "godwit up \\-\\-database sqlite://app.db\n.EE\n";
    text += also("\\fBgodwit.yaml\\fR(5), \\fBgodwit\\-plugin\\fR(7)");
    return {"godwit", 1, text};
}

ManPage command_page(const Command& command) {
    const auto name = fmt::format("godwit-{}", command.name);
    auto text = head(name, 1, command.summary);
    text += fmt::format(".SH SYNOPSIS\n\\fBgodwit {}\\fR [\\fIOPTIONS\\fR]{}{}\n", roff_text(command.name),
                        command.usage.empty() ? "" : " ", roff_text(command.usage));
    text += fmt::format(".SH DESCRIPTION\n{}.\n", roff_text(command.summary));
    if (!command.details.empty()) text += paragraph(command.details);
    if (!command.options.empty()) text += options_section(command.options);
    text += paragraph("The options that every command takes, and the exit codes, are in godwit(1).");
    text += also("\\fBgodwit\\fR(1), \\fBgodwit.yaml\\fR(5)");
    return {name, 1, text};
}

std::string key_meaning(const Option& option) {
    auto text =
        fmt::format("{}{}Value: {}.", option.help, option.help.empty() ? "" : ". ", value_form(option));
    if (!option.fallback.empty()) text += fmt::format(" Default: {}.", option.fallback);
    if (!option.hidden) text += fmt::format(" Option: --{}.", option.name);
    if (!option.env.empty()) text += fmt::format(" Environment: {}.", option.env);
    return text;
}

ManPage configuration_page() {
    auto text = head("godwit.yaml", 5, "configuration file of godwit");
    text += ".SH DESCRIPTION\n";
    text += roff_text(
        "godwit.yaml or .godwit.yaml, in the working folder or above it up to the repository root; --config "
        "or "
        "GODWIT_CONFIG names another one. Every key is an option, too, and the option is stronger. Unknown "
        "keys, "
        "wrong types and duplicate keys are errors with their place. Relative paths count from the file's "
        "folder.");
    text += "\n.SH KEYS\n";
    for (const auto* option : setting_options())
        if (!option->key.empty()) text += item(option->key, key_meaning(*option));
    text +=
        item("environments", "Names, each with any of the keys above. One is chosen by --env or GODWIT_ENV.");
    text += item("protected",
                 "In an environment: true has commands that destroy ask for the environment's name.");
    text += ".SH VALUES\n";
    text += item(
        "${NAME}, ${NAME:-default}, ${NAME:?message}",
        "An environment variable; without a default it is an error when it is not set or empty. $${ is a "
        "literal ${.");
    text += item("!file PATH", "The content of a file, without the line end.");
    text += item("!command [PROGRAM, ARGUMENT, ...]",
                 "What a program prints, run in the file's folder without a "
                 "shell; given as one text, sh -c runs it.");
    text +=
        ".SH EXAMPLES\n.EX\nsource: file://migrations\ndatabase: ${DATABASE_URL}\nenvironments:\n"
        "  production:\n    database: !file /run/secrets/database_url\n    protected: true\n.EE\n";
    text += also("\\fBgodwit\\fR(1), \\fBgodwit\\-config\\fR(1)");
    return {"godwit.yaml", 5, text};
}

ManPage plugin_page() {
    auto text = head("godwit-plugin", 7, "drivers and sources of godwit");
    text += ".SH DESCRIPTION\n";
    text += roff_text(
        fmt::format("A driver speaks to one kind of database, a source knows where migrations are. Both are "
                    "shared objects, "
                    "godwit-driver-NAME.so and godwit-source-NAME.so, which godwit loads when a URL asks for "
                    "them, or are "
                    "linked into it. This godwit has plugin ABI {}. godwit plugins lists all that are there.",
                    kPluginAbi));
    text += "\n.SH \"SEARCH ORDER\"\n";
    text += item("1.", "Files named by --plugin, or plugins in godwit.yaml.");
    text += item("2.", "Plugins linked into the program.");
    text += item("3.", "The folders of --plugin-path, else GODWIT_PLUGIN_PATH.");
    text +=
        item("4.", fmt::format("../lib/godwit/{0}, and the library folder of its installation, seen from the "
                               "program's folder.",
                               kPluginAbi));
    text += item("5.", "The library folder that was given when godwit was built.");
    text += item(
        "6.", fmt::format("With --user-plugins: $XDG_DATA_HOME/godwit/{0}, else ~/.local/share/godwit/{0}.",
                          kPluginAbi));
    text += paragraph(
        "The first file of a name counts. A plugin is refused when others than root and its user could have "
        "written to it, or when it was built for another plugin ABI or with another C++ library.");
    text += ".SH \"WRITING ONE\"\n";
    text += roff_text("A CMake project needs an installed godwit and no other library:");
    text +=
        "\n.PP\n.EX\nfind_package(godwit REQUIRED)\n"
        "godwit_add_plugin(NAME list KIND source SOURCES list_source.cpp)\n.EE\n";
    text += paragraph(
        "A source implements godwit/source.hpp and is declared by GODWIT_SOURCE_PLUGIN; a driver implements "
        "godwit/driver.hpp and is declared by GODWIT_DRIVER_PLUGIN. The library godwit::contract tests "
        "both.");
    text += also("\\fBgodwit\\fR(1), \\fBgodwit\\-plugins\\fR(1)");
    return {"godwit-plugin", 7, text};
}

}  // namespace

std::string roff_text(std::string_view text) {
    std::string escaped;
    bool line_begins = true;
    for (const char c : text) {
        if (line_begins && (c == '.' || c == '\'')) escaped += "\\&";
        if (c == '\\')
            escaped += "\\e";
        else if (c == '-')
            escaped += "\\-";
        else if (c == '~')
            escaped += "\\(ti";
        else
            escaped += c;
        line_begins = c == '\n';
    }
    return escaped;
}

std::vector<ManPage> man_pages() {
    std::vector<ManPage> pages{main_page()};
    for (const auto& command : commands())
        pages.push_back(command_page(command));
    pages.push_back(configuration_page());
    pages.push_back(plugin_page());
    return pages;
}

}  // namespace godwit::cli
