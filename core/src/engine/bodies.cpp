#include "engine/bodies.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "engine/ledger_reading.hpp"
#include "godwit/hash.hpp"
#include "godwit/utf8.hpp"
#include "script/encoding.hpp"

namespace godwit::engine {
namespace {

constexpr std::size_t kMostKeptBytes = std::size_t{64} << 20;
/// Stored down scripts are fetched so many steps at a time.
constexpr std::size_t kStoredAtOnce = 256;

bool runs_nothing(const PlannedStep& step) {
    return step.empty || (!step.entry && !step.stored_down);
}

}  // namespace

Bodies::Bodies(Source& source, Driver& driver, const Plan& plan, const LedgerView& ledger,
               SharedFiles* shared)
    : source_(source),
      driver_(driver),
      plan_(plan),
      ledger_(ledger),
      shared_(shared),
      slots_(plan.steps.size()) {}

void Bodies::read() {
    list_wanted();
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
        if (plan_.steps[i].stored_down) read_stored(i);
    }
    if (!entries_.empty()) {
        source_.read_many(entries_, [this](std::size_t index, std::string content) {
            sort_in(wanted_[index], entries_[index], std::move(content));
        });
    }
    require_reversible();
}

void Bodies::list_wanted() {
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
        const PlannedStep& step = plan_.steps[i];
        if (!runs_nothing(step) && step.entry) want(i, Part::Script, *step.entry);
        if (step.direction == Direction::Up && step.down_entry) want(i, Part::DownToStore, *step.down_entry);
        if (step.direction == Direction::Down && step.up_entry) want(i, Part::UpOfDown, *step.up_entry);
    }
}

void Bodies::want(std::size_t step, Part part, const Entry& entry) {
    wanted_.push_back({step, part});
    entries_.push_back(entry);
}

void Bodies::sort_in(const Wanted& wanted, const Entry& entry, std::string content) {
    switch (wanted.part) {
        case Part::Script:
            set_script(wanted.step, choose_down(wanted.step, std::move(content)), entry.path);
            return;
        case Part::DownToStore:
            store_down(wanted.step, entry, std::move(content));
            return;
        case Part::UpOfDown:
            // Only the directive is of interest here: most files need not be split for it.
            if (content.find("irreversible") == std::string::npos) return;
            note_irreversible(wanted.step, split(wanted.step, std::move(content), entry.path));
            return;
    }
}

void Bodies::set_script(std::size_t step, std::string content, std::string file) {
    Slot& slot = slots_[step];
    const auto size = content.size();
    // A stored script has no file to be read again.
    slot.kept = slot.body.stored || kept_bytes_ == 0 || kept_bytes_ + size <= kMostKeptBytes;
    if (!slot.kept) slot.script_hash = sha256_hex(content);
    if (slot.body.stored) file = fmt::format("{} (as stored when it was applied)", file);
    Script script = split(step, std::move(content), file);
    if (plan_.steps[step].direction == Direction::Down) note_irreversible(step, script);
    slot.body.file = std::move(file);
    if (!slot.kept) return;
    kept_bytes_ += size;
    slot.body.script = std::move(script);
}

void Bodies::store_down(std::size_t step, const Entry& entry, std::string content) {
    Slot& slot = slots_[step];
    if (!is_storable_text(content)) {
        findings_.push_back(
            {"down-not-stored", Severity::Warning, plan_.steps[step].version.text(), entry.path,
             fmt::format("{} is not UTF-8 text: it is not kept beside the applied version", entry.path),
             "save the file as UTF-8"});
        return;
    }
    slot.body.has_down_script = true;
    slot.down_kept = kept_bytes_ + content.size() <= kMostKeptBytes;
    if (!slot.down_kept) {
        slot.down_hash = sha256_hex(content);
        return;
    }
    kept_bytes_ += content.size();
    slot.body.down_script = std::move(content);
}

bool Bodies::asks_stored(std::size_t step) const {
    const PlannedStep& planned = plan_.steps[step];
    if (planned.direction == Direction::Up) return false;
    if (planned.stored_down) return true;
    if (runs_nothing(planned)) return false;
    const auto* const row = find_applied(ledger_, planned.version);
    const bool has_stored = row != nullptr && row->direction == Direction::Up && row->has_down_script;
    return has_stored || !planned.expected_checksum.empty();
}

/// Asks for those of the steps around it as well, which will be wanted next.
std::optional<std::string> Bodies::stored_down(std::size_t step) {
    const std::size_t chunk = step / kStoredAtOnce;
    if (stored_chunk_ != chunk) fetch_stored(chunk);
    const auto found = stored_.find(step);
    if (found == stored_.end()) return driver_.stored_down_script(plan_.steps[step].version);
    return std::exchange(found->second, std::nullopt);
}

void Bodies::fetch_stored(std::size_t chunk) {
    std::vector<std::size_t> steps;
    std::vector<Version> versions;
    const std::size_t end = std::min(plan_.steps.size(), (chunk + 1) * kStoredAtOnce);
    for (std::size_t i = chunk * kStoredAtOnce; i < end; ++i) {
        if (!asks_stored(i)) continue;
        steps.push_back(i);
        versions.push_back(plan_.steps[i].version);
    }
    stored_.clear();
    auto texts = driver_.stored_down_scripts(versions);
    for (std::size_t i = 0; i < steps.size(); ++i)
        stored_.emplace(steps[i], std::move(texts.at(i)));
    stored_chunk_ = chunk;
}

void Bodies::read_stored(std::size_t step) {
    const PlannedStep& planned = plan_.steps[step];
    auto text = stored_down(step);
    if (!text) {
        fail(Errc::Validation,
             fmt::format("version {} ({}) has no down file, and none was stored when it was applied",
                         planned.version.text(), planned.name),
             "bring the file back, or step over it: godwit down --allow-missing-down");
    }
    slots_[step].body.stored = true;
    set_script(step, *std::move(text), fmt::format("down of {}", planned.version.text()));
}

/// The text that is to run: the file's, or the stored one where the file has changed since the up was
/// applied. After a down that failed, the file is what somebody has mended meanwhile.
std::string Bodies::choose_down(std::size_t step, std::string content) {
    const PlannedStep& planned = plan_.steps[step];
    const bool resuming = !planned.expected_checksum.empty();
    if (!asks_stored(step)) return content;
    if (resuming && sha256_hex(content) == planned.expected_checksum) return content;
    auto stored = stored_down(step);
    if (!stored || *stored == content) return content;
    if (resuming && sha256_hex(*stored) != planned.expected_checksum) return content;
    slots_[step].body.stored = true;
    findings_.push_back(
        {"stored-down-used",
         Severity::Warning,
         planned.version.text(),
         planned.entry->path,
         fmt::format("{} has changed since version {} was applied: the script stored then is used",
                     planned.entry->path, planned.version.text()),
         {}});
    return *std::move(stored);
}

void Bodies::note_irreversible(std::size_t step, const Script& script) {
    const auto& reason = script.directives().irreversible;
    if (!reason) return;
    auto line = fmt::format("{}: {}", plan_.steps[step].version.text(), *reason);
    if (std::find(irreversible_.begin(), irreversible_.end(), line) == irreversible_.end()) {
        irreversible_.push_back(std::move(line));
    }
}

void Bodies::require_reversible() const {
    if (irreversible_.empty()) return;
    ErrorInfo info;
    info.code = Errc::Validation;
    info.message = fmt::format("there is no way down: {}", fmt::join(irreversible_, "; "));
    info.hint = "the script says `-- godwit: irreversible`";
    info.state = "nothing was run";
    info.next = "undo it by a new migration";
    throw Error(std::move(info));
}

const Body& Bodies::peek(std::size_t step) {
    Slot& slot = slots_[step];
    const PlannedStep& planned = plan_.steps[step];
    if (!slot.kept) {
        slot.body.script = split(step, read_again(*planned.entry, slot.script_hash), slot.body.file);
        slot.kept = true;
    }
    if (!slot.down_kept) {
        slot.body.down_script = read_again(*planned.down_entry, slot.down_hash);
        slot.down_kept = true;
    }
    return slot.body;
}

Body Bodies::take(std::size_t step) {
    peek(step);
    return std::exchange(slots_[step].body, {});
}

std::string Bodies::read_again(const Entry& entry, const std::string& hash) {
    auto content = source_.read(entry);
    if (sha256_hex(content) != hash) {
        fail(Errc::Source, fmt::format("{} changed while migrations were running", entry.path),
             "migrations before it are done; run godwit up again");
    }
    return content;
}

Script Bodies::split(std::size_t step, std::string content, std::string file) const {
    try {
        return shared_ ? shared_->script(std::move(content), driver_.dialect(), file)
                       : script::parse_utf8(std::move(content), driver_.dialect(), std::move(file));
    } catch (Error& error) {
        error.edit().where.version = plan_.steps[step].version.text();
        if (error.info().state.empty()) error.edit().state = "nothing was run";
        throw;
    }
}

}  // namespace godwit::engine
