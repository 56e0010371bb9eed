#include "engine/ledger_reading.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace godwit::engine {
namespace {

bool is_begun(HistoryState state) {
    return state == HistoryState::Started || state == HistoryState::Failed;
}

bool is_done(const AppliedVersion* row) {
    return row != nullptr && !is_begun(row->state);
}

/// The row that was open when the version table became dirty. An intent may be written before the table
/// moves, so that its direction counts as well as its `version_after`.
bool explains_dirt(const HistoryRow& head, const LedgerState& state) {
    if (!is_begun(head.state)) return false;
    if (head.version_after == ledger_text(state.version)) return true;
    const auto version = Version::parse(head.version);
    if (!version) return false;
    if (head.direction == Direction::Up) return version == state.version;
    return !state.version || *state.version < *version;
}

Dirt dirt_of(const LedgerState& state) {
    if (!state.dirty) return Dirt::None;
    return state.head && explains_dirt(*state.head, state) ? Dirt::Explained : Dirt::Unexplained;
}

Trust trust_of(const LedgerState& state, Dirt dirt) {
    if (!state.head) return Trust::NoHistory;
    if (dirt == Dirt::Explained) return Trust::InSync;
    const HistoryRow& head = *state.head;
    // A lone "forced" or an intent without dirt: a person decided what the database is.
    if (head.state == HistoryState::Started) return Trust::TableOnly;
    if (head.version_after != ledger_text(state.version)) return Trust::Moved;
    const bool forced_somewhere = head.state == HistoryState::Forced && state.version;
    return forced_somewhere ? Trust::TableOnly : Trust::InSync;
}

bool may_have_kept_something(const HistoryRow& row) {
    return row.state == HistoryState::Started || row.statements_done > 0 || !row.fingerprint.empty();
}

class Reader {
  public:
    Reader(const MigrationSet& migrations, const LedgerView& ledger)
        : files_(migrations.in_order), ledger_(ledger) {
        reading_.dirt = dirt_of(ledger.state);
        reading_.trust = trust_of(ledger.state, reading_.dirt);
        if (ledger.state.head) left_at_ = Version::parse(ledger.state.head->version_after);
    }

    LedgerReading read() {
        if (reading_.dirt == Dirt::Explained && may_have_kept_something(*ledger_.state.head)) {
            reading_.unfinished = ledger_.state.head;
        }
        add_lost_history();
        add_move();
        merge();
        add_current();
        add_newer();
        return std::move(reading_);
    }

  private:
    /// One pass over files and history rows, both in order of versions.
    void merge() {
        reading_.applied.reserve(ledger_.applied.size());
        auto file = files_.begin();
        auto row = ledger_.applied.begin();
        while (file != files_.end() || row != ledger_.applied.end()) {
            const bool no_file =
                file == files_.end() || (row != ledger_.applied.end() && row->version < file->version);
            const bool no_row = !no_file && (row == ledger_.applied.end() || file->version < row->version);
            const Version& version = no_file ? row->version : file->version;
            look_at(version, no_row ? nullptr : &*row, !no_file);
            if (!no_file) ++file;
            if (!no_row) ++row;
        }
    }

    void look_at(const Version& version, const AppliedVersion* row, bool has_file) {
        if (!counts(version, row)) return;
        reading_.applied.push_back(version);
        if (has_file) return;
        if (is_behind_files(version)) {
            newer_.push_back(fmt::format("{} ({})", version.text(), row->name.view()));
            return;
        }
        reading_.findings.push_back(
            {"missing-file",
             Severity::Warning,
             version.text(),
             {},
             fmt::format("version {} ({}) is applied, but its files are gone", version.text(),
                         row->name.view()),
             "bring the files back, or go on: a stored down script is used where there is one"});
    }

    [[nodiscard]] bool counts(const Version& version, const AppliedVersion* row) const {
        const auto& current = ledger_.state.version;
        if (reading_.trust == Trust::InSync && row != nullptr && is_begun(row->state)) {
            return row->direction == Direction::Down;
        }
        if (!current || version > *current) return false;
        switch (reading_.trust) {
            case Trust::InSync:
                return is_done(row) || version == *current;
            case Trust::Moved:
                return is_done(row) || version == *current || !left_at_ || version > *left_at_;
            case Trust::NoHistory:
            case Trust::TableOnly:
                break;
        }
        return true;
    }

    /// The table's own version, where neither files nor history know it.
    void add_current() {
        const auto& current = ledger_.state.version;
        if (!current || known(*current)) return;
        const auto place = std::lower_bound(reading_.applied.begin(), reading_.applied.end(), *current);
        reading_.applied.insert(place, *current);
        if (is_behind_files(*current)) {
            newer_.push_back(current->text());
            return;
        }
        reading_.findings.push_back(
            {"unknown-version",
             Severity::Warning,
             current->text(),
             {},
             fmt::format("the database is at version {}, which is not among the migrations here",
                         current->text()),
             "these files may be older than the database, or belong to another one"});
    }

    [[nodiscard]] bool is_behind_files(const Version& version) const {
        return !files_.empty() && files_.back().version < version;
    }

    /// An older release beside a newer database, as a roll-back of the application leaves it.
    void add_newer() {
        if (newer_.empty()) return;
        reading_.findings.push_back(
            {"database-newer",
             Severity::Warning,
             reading_.applied.back().text(),
             {},
             fmt::format("the database is newer than these files, which end at {}: {} applied as well",
                         files_.back().version.text(),
                         newer_.size() == 1 ? newer_.front() + " is"
                                            : fmt::format("{} to {} are", newer_.front(), newer_.back())),
             "nothing, if these files belong to an older release of the same program"});
    }

    void add_lost_history() {
        if (reading_.trust != Trust::NoHistory || !ledger_.state.version || ledger_.state.dirty) return;
        reading_.findings.push_back(
            {"no-history",
             Severity::Warning,
             ledger_text(ledger_.state.version),
             {},
             fmt::format("no history says what was applied here: everything up to {} counts as applied",
                         shown(ledger_.state.version)),
             "the next command that writes records it so, with the state baseline; godwit repair does at "
             "once"});
    }

    [[nodiscard]] bool known(const Version& version) const {
        const auto found =
            std::lower_bound(files_.begin(), files_.end(), version,
                             [](const Migration& m, const Version& v) { return m.version < v; });
        const bool is_file = found != files_.end() && found->version == version;
        return is_file || find_applied(ledger_, version) != nullptr;
    }

    void add_move() {
        const bool moved =
            reading_.trust == Trust::Moved ||
            (reading_.trust == Trust::TableOnly && ledger_.state.head->state == HistoryState::Started);
        if (!moved || reading_.dirt == Dirt::Unexplained) return;
        const auto& current = ledger_.state.version;
        const bool forward = current && (!left_at_ || *left_at_ < *current);
        reading_.findings.push_back(
            {"foreign-change",
             Severity::Warning,
             ledger_text(current),
             {},
             fmt::format(
                 "the database was at {} when godwit last wrote, and is at {} now: another tool moved it, "
                 "and what lies between counts as {}",
                 shown(left_at_), shown(current), forward ? "applied" : "rolled back"),
             {}});
    }

    const std::vector<Migration>& files_;
    const LedgerView& ledger_;
    std::optional<Version> left_at_;
    std::vector<std::string> newer_;  ///< applied, behind the last file
    LedgerReading reading_;
};

}  // namespace

bool LedgerReading::is_applied(const Version& version) const {
    return std::binary_search(applied.begin(), applied.end(), version);
}

LedgerReading read_ledger(const MigrationSet& migrations, const LedgerView& ledger) {
    return Reader(migrations, ledger).read();
}

const AppliedVersion* find_applied(const LedgerView& ledger, const Version& version) {
    const auto found =
        std::lower_bound(ledger.applied.begin(), ledger.applied.end(), version,
                         [](const AppliedVersion& row, const Version& v) { return row.version < v; });
    return found != ledger.applied.end() && found->version == version ? &*found : nullptr;
}

std::string ledger_text(const std::optional<Version>& version) {
    return version ? version->canonical() : std::string{};
}

std::string shown(const std::optional<Version>& version) {
    return version ? version->text() : "no version";
}

}  // namespace godwit::engine
