#include "engine/plan_errors.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "engine/ledger_reading.hpp"
#include "godwit/nearest.hpp"

namespace godwit::engine {
namespace {

std::string titled(const Version& version, std::string_view name) {
    return name.empty() ? version.text() : fmt::format("{} ({})", version.text(), name);
}

template <typename Range, typename Text>
std::string joined(const Range& range, Text text) {
    std::string all;
    for (const auto* item : range)
        all.append(all.empty() ? "" : ", ").append(text(*item));
    return all;
}

std::optional<std::string> nearest_version(const Version& version, const MigrationSet& migrations) {
    std::vector<std::string> texts;
    texts.reserve(migrations.in_order.size());
    for (const Migration& migration : migrations.in_order)
        texts.push_back(migration.version.text());
    const std::vector<std::string_view> candidates(texts.begin(), texts.end());
    return nearest(version.text(), candidates);
}

Error refusal(Errc code, std::string message, std::string hint, std::string next = {}) {
    ErrorInfo info;
    info.code = code;
    info.message = std::move(message);
    info.hint = std::move(hint);
    info.state = "nothing was run";
    info.next = std::move(next);
    return Error(std::move(info));
}

}  // namespace

Error unknown_goal(const Version& version, const MigrationSet& migrations) {
    const auto meant = nearest_version(version, migrations);
    auto error =
        refusal(Errc::Usage, fmt::format("there is no migration with version {}", version.text()),
                meant ? fmt::format("did you mean {}?", *meant) : "godwit status lists the versions");
    error.edit().where.version = version.text();
    return error;
}

Error not_applied(const Version& version, const std::optional<Version>& current) {
    auto error = refusal(
        Errc::Usage, fmt::format("cannot go down to version {}: it is not applied", version.text()),
        fmt::format("the database is at {}", shown(current)), fmt::format("godwit goto {}", version.text()));
    error.edit().where.version = version.text();
    return error;
}

Error not_among_applied(const Version& version, const std::optional<Version>& current) {
    auto error = refusal(Errc::Usage, fmt::format("version {} is not applied", version.text()),
                         fmt::format("the database is at {}", shown(current)), "godwit status");
    error.edit().where.version = version.text();
    return error;
}

Error cannot_redo(const Version& version) {
    auto error =
        refusal(Errc::Validation, fmt::format("cannot redo version {}: its files are gone", version.text()),
                "bring the files back, or roll it back alone: godwit down");
    error.edit().where.version = version.text();
    return error;
}

Error out_of_order(const std::vector<const Migration*>& late, const Version& current) {
    const bool one = late.size() == 1;
    auto error =
        refusal(Errc::Validation,
                fmt::format("{} older than the database's version {} and {} never applied: {}",
                            one ? "one migration is" : fmt::format("{} migrations are", late.size()),
                            current.text(), one ? "was" : "were",
                            joined(late, [](const Migration& m) { return titled(m.version, m.name()); })),
                "a branch was merged late: give the files newer versions, or apply them as they are",
                "godwit up --out-of-order run");
    error.edit().where.version = late.front()->version.text();
    if (late.front()->up) error.edit().where.file = late.front()->up->entry.path;
    return error;
}

Error nothing_in_question() {
    return refusal(Errc::Usage,
                   "no migration is half-done: there is no statement that --done or --again "
                   "could be about",
                   "", "godwit status");
}

Error missing_downs(const std::vector<const PlannedStep*>& steps) {
    const bool one = steps.size() == 1;
    auto error = refusal(
        Errc::Validation,
        fmt::format("{} no down script: {}",
                    one ? "one version has" : fmt::format("{} versions have", steps.size()),
                    joined(steps, [](const PlannedStep& step) { return titled(step.version, step.name); })),
        "write the down file, or step over the version and leave what it made in place",
        "godwit down --allow-missing-down");
    error.edit().where.version = steps.front()->version.text();
    return error;
}

Finding out_of_order_finding(const Migration& migration, const Version& current) {
    return {"out-of-order",
            Severity::Warning,
            migration.version.text(),
            migration.up ? migration.up->entry.path : std::string{},
            fmt::format("version {} is older than the database's version {} and was never applied",
                        titled(migration.version, migration.name()), current.text()),
            "it is applied now; --out-of-order fail stops instead"};
}

Finding missing_down_finding(const PlannedStep& step) {
    return {"missing-down",
            Severity::Warning,
            step.version.text(),
            {},
            fmt::format("version {} has no down script: only the version moves, what it made stays",
                        titled(step.version, step.name)),
            {}};
}

}  // namespace godwit::engine
