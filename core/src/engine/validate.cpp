#include "engine/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "script/encoding.hpp"

namespace godwit::engine {
namespace {

/// Codes that are worth a warning while working, and an error where files and ledger are to agree.
constexpr std::array<std::string_view, 3> kErrorsHere{"missing-file", "unknown-version", "database-newer"};

bool is_raised(const Finding& finding, const Probe& probe) {
    if (probe.at_least && finding.code == "database-newer") return false;
    return std::find(kErrorsHere.begin(), kErrorsHere.end(), finding.code) != kErrorsHere.end();
}

void ask(const Probe& probe, const std::optional<Version>& current, std::vector<Finding>& findings) {
    const auto wrong = [&](std::string_view code, const Version& wanted, std::string_view how) {
        findings.push_back(
            {std::string(code),
             Severity::Error,
             wanted.text(),
             {},
             fmt::format("the database is at {}, not {}{}", shown(current), how, wanted.text()),
             "godwit up"});
    };
    if (probe.at_least && (!current || *current < *probe.at_least))
        wrong("version-too-low", *probe.at_least, "at least at ");
    if (probe.exactly && current != probe.exactly) wrong("version-differs", *probe.exactly, "at ");
}

void add_if_broken(std::string content, const Entry& entry, const Version& version, const Dialect& dialect,
                   std::vector<Finding>& findings) {
    try {
        script::parse_utf8(std::move(content), dialect, entry.path);
    } catch (const Error& error) {
        const ErrorInfo& info = error.info();
        Finding found{"invalid-script", Severity::Error, version.text(), entry.path, info.message, info.hint};
        found.line = info.where.line;
        found.column = info.where.column;
        findings.push_back(std::move(found));
    }
}

/// The scripts that may still run: the ups that are pending, and all downs.
std::vector<Finding> broken_scripts(const Survey& survey, Source& source, const Dialect& dialect) {
    std::vector<Entry> entries;
    std::vector<const Version*> versions;
    for (const Migration& file : survey.migrations.in_order) {
        const bool pending = !survey.reading.is_applied(file.version);
        for (const auto* half :
             {pending && file.up ? &*file.up : nullptr, file.down ? &*file.down : nullptr}) {
            if (half == nullptr) continue;
            entries.push_back(half->entry);
            versions.push_back(&file.version);
        }
    }
    std::vector<Finding> findings;
    if (entries.empty()) return findings;
    source.read_many(entries, [&](std::size_t index, std::string content) {
        add_if_broken(std::move(content), entries[index], *versions[index], dialect, findings);
    });
    std::sort(findings.begin(), findings.end(),
              [](const Finding& a, const Finding& b) { return a.file < b.file; });
    return findings;
}

}  // namespace

std::vector<Finding> validation_findings(const Survey& survey, const Policy& policy, const Probe& probe,
                                         Source& source, const Dialect& dialect) {
    auto findings = survey_findings(survey, policy);
    for (Finding& finding : findings) {
        if (is_raised(finding, probe)) finding.severity = Severity::Error;
    }
    ask(probe, survey.ledger.state.version, findings);
    auto broken = broken_scripts(survey, source, dialect);
    findings.insert(findings.end(), std::make_move_iterator(broken.begin()),
                    std::make_move_iterator(broken.end()));
    return findings;
}

}  // namespace godwit::engine
