#include <fmt/format.h>

#include <algorithm>

#include "branch_check.hpp"
#include "commands/verbs.hpp"
#include "godwit/error.hpp"
#include "godwit/format.hpp"
#include "render/format.hpp"
#include "render/json.hpp"
#include "render/text.hpp"
#include "report/reporting.hpp"

namespace godwit::cli {

namespace {

BranchSide merged_side(const Git::Tree& files, const Format& format) {
    std::vector<Entry> entries;
    for (const auto& [path, id] : files)
        entries.push_back({path, 0, EntryKind::File, {}});
    return {format.read_listing(std::move(entries)), files};
}

BranchSide our_side(const Git& git, std::vector<Entry> entries, const Format& format) {
    BranchSide side{format.read_listing(std::move(entries)), {}};
    std::vector<std::string> paths;
    for (const Migration& migration : side.set.in_order)
        for (const auto* half : {&migration.up, &migration.down})
            if (*half) paths.push_back((*half)->entry.path);
    side.ids = git.ids(paths);
    return side;
}

std::size_t new_migrations(const BranchSides& sides) {
    return static_cast<std::size_t>(std::ranges::count_if(
        sides.ours.set.in_order,
        [&](const Migration& migration) { return !sides.merged.set.find(migration.version); }));
}

std::string outcome(const BranchSides& sides, const Validation& validation) {
    const auto wrong = static_cast<std::size_t>(
        std::ranges::count(validation.findings, Severity::Error, &Finding::severity));
    return validation.ok()
               ? fmt::format("fit to be merged into {}: {}", sides.ref,
                             counted(new_migrations(sides), "new migration"))
               : fmt::format("not fit to be merged into {}: {}", sides.ref, counted(wrong, "error"));
}

void show(Output& output, const Validation& validation, const std::string& outcome) {
    for (const auto& found : validation.findings)
        text::finding(output, found, true);
    output.result(outcome);
}

int check(Context& context, report::Report& report) {
    const auto ref = context.arguments.value("against");
    if (!ref) fail(Errc::Usage, "check: what is to be compared with?", "godwit check --against origin/main");
    Session session(context);
    auto& source = session.source();
    report_folder(report, session);
    const auto folder = folder_of(source);
    const Git git(folder);
    const auto commit = git.commit(*ref);
    const auto base = git.merge_base(commit);
    const auto entries = source.list();
    const auto name = context.settings().find("format");
    const auto& format = name.given() ? find_format(name.text()) : detect_format(entries);

    BranchSides sides{our_side(git, entries, format), merged_side(git.files(commit), format), {}, *ref};
    sides.base = base.empty() ? sides.merged.ids : git.files(base);
    sides.rule = policy_of(context).checksum;
    sides.content = [&git](const std::string& id) { return git.content(id); };
    sides.content_of_ours = [&source](const Entry& entry) { return source.read(entry); };
    if (base.empty())
        context.output.say(
            fmt::format("note: git does not know where this branch left {} (a shallow clone?): what "
                        "{} changed since counts as changed here",
                        *ref, *ref));
    const Validation validation{branch_findings(sides)};
    report_files(report, session, sides.ours.set);
    report_findings(report, session, validation.findings);
    report.outcome = outcome(sides, validation);
    if (context.output.json())
        json::check(context.output, *ref, base, validation);
    else
        show(context.output, validation, report.outcome);
    return validation.ok() ? 0 : exit_code(Errc::Validation);
}

}  // namespace

int run_check(Context& context) {
    return with_reports(context, [&](report::Report& report) { return check(context, report); });
}

}  // namespace godwit::cli
