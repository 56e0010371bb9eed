// Key functions and defaults of the interfaces: they live in the core so that each interface has exactly one
// typeinfo in a process, whatever plugins are loaded.
#include "godwit/driver.hpp"
#include "godwit/event.hpp"
#include "godwit/format.hpp"
#include "godwit/source.hpp"

namespace godwit {

Source::~Source() = default;

void Source::read_many(std::span<const Entry> entries, const Sink& sink) {
    for (std::size_t i = 0; i < entries.size(); ++i)
        sink(i, read(entries[i]));
}

std::optional<std::filesystem::path> Source::local_path(const Entry& /*entry*/) const {
    return std::nullopt;
}

StepObserver::~StepObserver() = default;
Lock::~Lock() = default;
DatabaseAdmin::~DatabaseAdmin() = default;
Driver::~Driver() = default;
std::optional<std::string> Driver::stored_up_script(const Version& /*version*/) {
    return std::nullopt;
}
std::vector<std::optional<std::string>> Driver::stored_down_scripts(std::span<const Version> versions) {
    std::vector<std::optional<std::string>> scripts;
    scripts.reserve(versions.size());
    for (const Version& version : versions)
        scripts.push_back(stored_down_script(version));
    return scripts;
}
LedgerView Driver::glance() {
    return view();
}
LedgerView Driver::view() {
    LedgerView view{state(), {}};
    if (view.state.has_history_table) view.applied = applied();
    return view;
}
DatabaseAdmin* Driver::admin() {
    return nullptr;
}
Watcher::~Watcher() = default;
std::unique_ptr<Watcher> Driver::watcher() {
    return nullptr;
}
LockReport Driver::locks() {
    fail(Errc::Usage, "the driver for this database does not tell who holds its migration lock");
}

std::optional<EffectFound> Driver::effect_of(const HistoryRow& /*row*/, const Script& /*script*/) {
    return std::nullopt;
}

std::optional<std::size_t> Driver::lost_with_session(const Script& script, std::size_t resume_at) const {
    for (std::size_t i = 0; i < resume_at && i < script.statements().size(); ++i)
        if (script.statements()[i].sets_session_state) return i;
    return std::nullopt;
}

std::vector<std::vector<std::optional<std::string>>> Driver::query(const std::string& /*sql*/) {
    fail(Errc::Usage, "the driver for this database runs no queries");
}

Reporter::~Reporter() = default;
Format::~Format() = default;

}  // namespace godwit
