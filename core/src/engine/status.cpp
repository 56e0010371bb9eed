#include "engine/status.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/dirty.hpp"
#include "engine/plan_errors.hpp"

namespace godwit::engine {
namespace {

bool is_late(const Survey& survey, const Version& version) {
    const auto& applied = survey.reading.applied;
    return !applied.empty() && version < applied.back() && !survey.reading.is_applied(version);
}

bool is_changed(const Survey& survey, const Version& version) {
    const auto& changes = survey.changes;
    const auto found = std::lower_bound(
        changes.begin(), changes.end(), version,
        [](const Change& change, const Version& v) { return change.migration->version < v; });
    return found != changes.end() && found->migration->version == version && !found->tolerated;
}

/// The migration that made the database dirty.
bool is_failed(const Survey& survey, const Version& version) {
    if (survey.reading.unfinished) return survey.reading.unfinished->version == version.canonical();
    return survey.reading.dirt == Dirt::Unexplained && version == survey.ledger.state.version;
}

bool was_skipped(const AppliedVersion& row) {
    return row.state == HistoryState::Applied && row.statements_done == 0 && row.statements_total > 0;
}

MigrationState state_of(const Survey& survey, const Version& version, const AppliedVersion* row,
                        bool has_file) {
    if (is_failed(survey, version)) return MigrationState::Failed;
    if (!survey.reading.is_applied(version)) {
        return is_late(survey, version) ? MigrationState::OutOfOrder : MigrationState::Pending;
    }
    if (!has_file) return MigrationState::Missing;
    if (is_changed(survey, version)) return MigrationState::Changed;
    if (row != nullptr && row->state == HistoryState::Baseline) return MigrationState::Baseline;
    return row != nullptr && was_skipped(*row) ? MigrationState::Skipped : MigrationState::Applied;
}

void add_ledger_facts(MigrationStatus& status, const AppliedVersion& row) {
    const bool has_run =
        status.state != MigrationState::Pending && status.state != MigrationState::OutOfOrder;
    if (!has_run) return;
    status.applied_at = row.applied_at;
    status.duration_ms = row.duration_ms;
    if (!row.checksum.empty()) status.checksum = "sha256:" + std::string(row.checksum);
    status.has_down = status.has_down || row.has_down_script;
    status.statements_done = row.statements_done;
    status.statements_total = row.statements_total;
}

MigrationStatus row_of_file(const Survey& survey, const Migration& file) {
    const auto* const row = find_applied(survey.ledger, file.version);
    MigrationStatus status;
    status.version = file.version.text();
    status.name = file.name();
    status.state = state_of(survey, file.version, row, true);
    status.has_down = file.down.has_value();
    status.file = file.up ? file.up->entry.path : file.down->entry.path;
    if (row != nullptr) add_ledger_facts(status, *row);
    return status;
}

MigrationStatus row_without_file(const Survey& survey, const Version& version) {
    const auto* const row = find_applied(survey.ledger, version);
    MigrationStatus status;
    status.version = version.text();
    if (row != nullptr) status.name = row->name;
    status.state = state_of(survey, version, row, false);
    if (row != nullptr) add_ledger_facts(status, *row);
    return status;
}

void add_dirty_finding(const Survey& survey, std::vector<Finding>& findings) {
    const auto as_finding = [&](const Error& error) {
        findings.push_back({"dirty",
                            Severity::Error,
                            error.info().where.version,
                            {},
                            error.info().message,
                            error.info().next});
    };
    if (survey.reading.dirt == Dirt::Unexplained) {
        as_finding(unexplained_dirt(survey.migrations, survey.ledger.state));
    } else if (survey.reading.unfinished) {
        as_finding(half_done(*survey.reading.unfinished, survey.reading, {}));
    } else if (survey.reading.dirt == Dirt::Explained) {
        const HistoryRow& head = *survey.ledger.state.head;
        findings.push_back({"failed-before",
                            Severity::Warning,
                            head.version,
                            {},
                            fmt::format("the {} of version {} failed and nothing of it was kept: {}",
                                        direction_name(head.direction), head.version, head.error),
                            fmt::format("godwit {} tries it again", direction_name(head.direction))});
    }
}

void add_order_findings(const Survey& survey, const Policy& policy, std::vector<Finding>& findings) {
    for (const Migration& file : survey.migrations.in_order) {
        if (!is_late(survey, file.version) || is_failed(survey, file.version)) continue;
        Finding finding = out_of_order_finding(file, survey.reading.applied.back());
        if (policy.out_of_order == OutOfOrder::Fail) finding.severity = Severity::Error;
        finding.hint = "godwit up --out-of-order run applies it";
        findings.push_back(std::move(finding));
    }
}

void add_renamed_findings(const Survey& survey, std::vector<Finding>& findings) {
    for (const AppliedVersion& row : survey.ledger.applied) {
        const auto index = survey.migrations.find(row.version);
        if (!index || row.name.empty() || !survey.reading.is_applied(row.version)) continue;
        const Migration& file = survey.migrations.in_order[*index];
        if (row.direction == Direction::Down || file.name() == row.name) continue;
        findings.push_back({"name-changed",
                            Severity::Info,
                            file.version.text(),
                            file.up ? file.up->entry.path : file.down->entry.path,
                            fmt::format("version {} was applied as '{}' and is called '{}' now",
                                        file.version.text(), row.name.view(), file.name()),
                            {}});
    }
}

}  // namespace

std::vector<MigrationStatus> status_rows(const Survey& survey) {
    std::vector<Version> without_file;
    const auto& files = survey.migrations.in_order;
    const auto note = [&](const Version& version) {
        if (!survey.migrations.find(version)) without_file.push_back(version);
    };
    std::for_each(survey.reading.applied.begin(), survey.reading.applied.end(), note);
    std::vector<MigrationStatus> rows;
    rows.reserve(files.size() + without_file.size());
    auto gone = without_file.begin();
    for (const Migration& file : files) {
        for (; gone != without_file.end() && *gone < file.version; ++gone) {
            rows.push_back(row_without_file(survey, *gone));
        }
        rows.push_back(row_of_file(survey, file));
    }
    for (; gone != without_file.end(); ++gone)
        rows.push_back(row_without_file(survey, *gone));
    return rows;
}

std::vector<Finding> survey_findings(const Survey& survey, const Policy& policy) {
    std::vector<Finding> findings = survey.migrations.findings;
    findings.insert(findings.end(), survey.reading.findings.begin(), survey.reading.findings.end());
    for (const Change& change : survey.changes)
        findings.push_back(change_finding(change));
    add_order_findings(survey, policy, findings);
    add_renamed_findings(survey, findings);
    add_dirty_finding(survey, findings);
    return findings;
}

}  // namespace godwit::engine
