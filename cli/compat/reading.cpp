#include "compat/reading.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace godwit::compat {

namespace {

constexpr const char* kFileDoesNotExist = "file does not exist";

Reading only_error(std::string text) {
    Reading reading;
    reading.error = std::move(text);
    return reading;
}

}  // namespace

const Half* Item::half() const {
    const auto& wanted = direction() == Direction::Up ? migration->up : migration->down;
    return wanted ? &*wanted : nullptr;
}

std::string Item::log_text() const {
    const char letter = direction() == Direction::Up ? 'u' : 'd';
    return fmt::format("{}/{} {}", version, letter, half() ? half()->name() : "<empty>");
}

Files::Files(const MigrationSet& set) {
    entries_.reserve(set.in_order.size());
    for (const Migration& migration : set.in_order) {
        if (const auto number = migration.version.as_bigint()) entries_.push_back({*number, &migration});
    }
}

std::optional<std::size_t> Files::find(std::int64_t version) const {
    const auto it = std::ranges::lower_bound(entries_, version, {}, &Entry::version);
    if (it == entries_.end() || it->version != version) return std::nullopt;
    return static_cast<std::size_t>(it - entries_.begin());
}

bool Files::require(std::int64_t version, Reading& reading) const {
    if (version < 0 || find(version)) return true;
    reading.error = fmt::format("no migration found for version {0}: read down for version {0} .: {1}",
                                version, kFileDoesNotExist);
    reading.missing_version = true;
    return false;
}

Item Files::item_up(std::size_t index) const {
    const Entry& entry = entries_[index];
    return {entry.version, entry.version, entry.migration};
}

Item Files::item_down(std::size_t index) const {
    const Entry& entry = entries_[index];
    const std::int64_t target = index == 0 ? kNilVersion : entries_[index - 1].version;
    return {entry.version, target, entry.migration};
}

Reading Files::up(std::int64_t from, std::int64_t limit) const {
    Reading reading;
    if (!require(from, reading)) return reading;
    if (limit == 0) return only_error(kNoChange);
    if (from == kNilVersion && entries_.empty())
        return only_error(fmt::format("first .: {}", kFileDoesNotExist));
    std::size_t index = from == kNilVersion ? 0 : *find(from) + 1;
    while (index < entries_.size() &&
           (limit < 0 || static_cast<std::int64_t>(reading.items.size()) < limit)) {
        reading.items.push_back(item_up(index++));
    }
    const auto count = static_cast<std::int64_t>(reading.items.size());
    if (count == 0) {
        reading.error = limit < 0 ? kNoChange : kFileDoesNotExist;
    } else if (limit > count) {
        reading.error = fmt::format("limit {} short", limit - count);
    }
    return reading;
}

Reading Files::down(std::int64_t from, std::int64_t limit) const {
    Reading reading;
    if (!require(from, reading)) return reading;
    if (limit == 0) return only_error(kNoChange);
    if (from == kNilVersion) return only_error(limit < 0 ? kNoChange : kFileDoesNotExist);
    const std::size_t start = *find(from);
    for (std::size_t left = start + 1; left > 0; --left) {
        if (limit >= 0 && static_cast<std::int64_t>(reading.items.size()) >= limit) break;
        reading.items.push_back(item_down(left - 1));
    }
    const auto count = static_cast<std::int64_t>(reading.items.size());
    if (limit > count) reading.error = fmt::format("limit {} short", limit - count);
    return reading;
}

Reading Files::go(std::int64_t from, std::int64_t to) const {
    Reading reading;
    if (!require(from, reading) || !require(to, reading)) return reading;
    if (from == to) return only_error(kNoChange);
    if (from < to) {
        for (std::size_t index = from == kNilVersion ? 0 : *find(from) + 1; index <= *find(to); ++index) {
            reading.items.push_back(item_up(index));
        }
        return reading;
    }
    const std::size_t end = to == kNilVersion ? 0 : *find(to) + 1;
    for (std::size_t left = *find(from) + 1; left > end; --left)
        reading.items.push_back(item_down(left - 1));
    return reading;
}

}  // namespace godwit::compat
