#include "godwit/shared_files.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "script/encoding.hpp"

namespace godwit {
namespace {

constexpr std::size_t kMostKeptBytes = std::size_t{64} << 20;

/// What is left of the bytes that may be kept.
class Budget {
  public:
    bool take(std::size_t bytes) {
        std::size_t left = left_;
        while (bytes <= left)
            if (left_.compare_exchange_weak(left, left - bytes)) return true;
        return false;
    }
    [[nodiscard]] std::size_t left() const { return left_; }

  private:
    std::atomic<std::size_t> left_ = kMostKeptBytes;
};

/// Values by key, each made once: who comes while it is being made waits for it, and for nothing else.
template <class Key, class Value>
class MadeOnce {
  public:
    struct Slot {
        std::mutex mutex;  ///< guards `value`
        std::optional<Value> value;
    };
    Slot& at(const Key& key) {
        const std::lock_guard guard(mutex_);
        return slots_[key];  // a map's elements stay where they are
    }

  private:
    std::mutex mutex_;
    std::map<Key, Slot> slots_;
};

using Contents = MadeOnce<std::string, std::string>;

/// A source that any number of threads may read from.
class SharedSource final : public Source {
  public:
    SharedSource(Source& source, std::vector<Entry> entries, Budget& budget)
        : source_(source), entries_(std::move(entries)), budget_(budget) {}

    std::vector<Entry> list() override { return entries_; }

    std::string read(const Entry& entry) override {
        auto& slot = contents_.at(entry.path);
        const std::lock_guard guard(slot.mutex);
        if (slot.value) return *slot.value;
        auto content = read_through(entry);
        if (budget_.take(content.size())) slot.value = content;
        return content;
    }

    void read_many(std::span<const Entry> entries, const Sink& sink) override {
        fetch(entries);
        for (std::size_t i = 0; i < entries.size(); ++i)
            sink(i, read(entries[i]));
    }

    std::optional<std::filesystem::path> local_path(const Entry& entry) const override {
        return source_.local_path(entry);
    }

    std::string describe() const override { return source_.describe(); }

  private:
    std::string read_through(const Entry& entry) {
        const std::lock_guard guard(source_mutex_);
        return source_.read(entry);
    }

    /// What fits is read in one go: a source across a network overlaps its transfers.
    void fetch(std::span<const Entry> entries) {
        const std::lock_guard guard(source_mutex_);
        std::vector<Entry> missing;
        std::size_t bytes = 0;
        for (const Entry& entry : entries) {
            if (fetched_.contains(entry.path)) continue;
            bytes += entry.size;
            if (bytes > budget_.left()) break;
            missing.push_back(entry);
        }
        if (missing.empty()) return;
        source_.read_many(missing, [&](std::size_t index, std::string content) {
            fetched_.emplace(missing[index].path, true);
            keep(missing[index].path, std::move(content));
        });
    }

    /// Under source_mutex_. Whoever holds the slot may be waiting for that mutex, and will read it himself.
    void keep(const std::string& path, std::string content) {
        auto& slot = contents_.at(path);
        const std::unique_lock guard(slot.mutex, std::try_to_lock);
        if (guard && !slot.value && budget_.take(content.size())) slot.value = std::move(content);
    }

    Source& source_;
    std::vector<Entry> entries_;
    Budget& budget_;
    std::mutex source_mutex_;              ///< guards source_ and fetched_
    std::map<std::string, bool> fetched_;  ///< what fetch() has read
    Contents contents_;
};

std::size_t count_files(const std::vector<Entry>& entries) {
    return static_cast<std::size_t>(std::ranges::count(entries, EntryKind::File, &Entry::kind));
}

}  // namespace

struct SharedFiles::Impl {
    Impl(Source& from, const Format* wanted, std::vector<Entry> entries)
        : format(wanted ? *wanted : detect_format(entries)),
          set(format.read_listing(entries)),
          files(count_files(entries)),
          source(from, std::move(entries), budget) {}

    /// Lists with few dialects: one driver, or one a database system.
    std::size_t number_of(const Dialect& dialect) {
        const std::lock_guard guard(dialects_mutex);
        const auto at = std::ranges::find(dialects, dialect);
        if (at != dialects.end()) return static_cast<std::size_t>(at - dialects.begin());
        dialects.push_back(dialect);
        return dialects.size() - 1;
    }

    Budget budget;
    const Format& format;
    MigrationSet set;
    std::size_t files;
    SharedSource source;
    std::mutex dialects_mutex;
    std::vector<Dialect> dialects;
    MadeOnce<std::pair<std::string, std::size_t>, Script> scripts;
};

SharedFiles::SharedFiles(Source& source, const Format* format)
    : impl_(std::make_unique<Impl>(source, format, source.list())) {}

SharedFiles::~SharedFiles() = default;

const Format& SharedFiles::format() const noexcept {
    return impl_->format;
}

const MigrationSet& SharedFiles::migrations() const noexcept {
    return impl_->set;
}

std::size_t SharedFiles::files() const noexcept {
    return impl_->files;
}

Source& SharedFiles::source() noexcept {
    return impl_->source;
}

Script SharedFiles::script(std::string content, const Dialect& dialect, const std::string& file) {
    auto& slot = impl_->scripts.at({file, impl_->number_of(dialect)});
    const std::lock_guard guard(slot.mutex);
    if (slot.value && slot.value->text() == content) return *slot.value;
    auto script = script::parse_utf8(std::move(content), dialect, file);
    if (!slot.value && impl_->budget.take(script.text().size())) slot.value = script;
    return script;
}

}  // namespace godwit
