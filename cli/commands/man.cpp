#include "reference/man.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "commands/verbs.hpp"
#include "files.hpp"
#include "godwit/error.hpp"
#include "godwit/nearest.hpp"
#include "reference/markdown.hpp"
#include "render/json.hpp"

namespace godwit::cli {

namespace fs = std::filesystem;

namespace {

/// A page and the file it is written to, below the folder that is named.
struct Page {
    std::string name;
    fs::path file;
    std::string text;
};

std::vector<Page> pages_of(const Arguments& arguments) {
    if (arguments.has("markdown"))
        return {{"commands", "commands.md", commands_markdown()},
                {"configuration", "configuration.md", configuration_markdown()}};
    std::vector<Page> pages;
    for (const auto& page : man_pages())
        pages.push_back({page.name, fs::path(fmt::format("man{}", page.section)) / page.file(), page.text});
    return pages;
}

const Page& named(const std::vector<Page>& pages, const std::string& name) {
    std::vector<std::string_view> names;
    for (const auto& page : pages) {
        if (page.name == name || page.name == "godwit-" + name) return page;
        names.push_back(page.name);
    }
    const auto close = nearest(name, names);
    fail(Errc::Usage, fmt::format("there is no page '{}'", name),
         close ? fmt::format("did you mean: godwit man {}", *close) : "see: godwit help man");
}

void write_page(const fs::path& file, const std::string& text) {
    std::error_code error;
    fs::create_directories(file.parent_path(), error);
    write_file(file, text, Errc::Usage);
}

int write_all(Context& context, const std::vector<Page>& pages, const fs::path& folder) {
    if (!context.arguments.positionals.empty())
        fail(Errc::Usage, "man: --write writes every page: name none");
    std::vector<std::string> written;
    for (const auto& page : pages) {
        write_page(folder / page.file, page.text);
        written.push_back((folder / page.file).string());
    }
    if (context.output.json()) json::fields(context.output, {{"written", written}});
    for (const auto& file : written)
        context.output.result(file);
    return 0;
}

}  // namespace

int run_man(Context& context) {
    const auto& arguments = context.arguments;
    const auto pages = pages_of(arguments);
    if (const auto folder = arguments.value("write")) return write_all(context, pages, *folder);
    const auto& page =
        arguments.positionals.empty() ? pages.front() : named(pages, arguments.positionals.front());
    if (context.output.json())
        json::fields(context.output, {{"page", page.name}, {"text", page.text}});
    else
        context.output.raw(page.text);
    return 0;
}

}  // namespace godwit::cli
