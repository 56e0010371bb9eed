#include "formats/golang_migrate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <tuple>
#include <utility>

#include "formats/ignored.hpp"
#include "formats/pair_findings.hpp"
#include "formats/pair_name.hpp"

namespace godwit::layout {
namespace {

/// A file that matches the grammar, with its version as a number: sorting compares no text. There may be
/// hundreds of thousands: the rest of its name is taken apart again when it is needed.
struct Candidate {
    std::int64_t number = 0;
    const Entry* entry = nullptr;
    Direction direction = Direction::Up;

    [[nodiscard]] auto order() const { return std::tuple(number, direction, std::string_view(entry->path)); }
};

class ListingReader {
  public:
    MigrationSet read(std::span<const Entry> entries) {
        for (const Entry& entry : entries)
            sort_out(entry);
        // Sources list in any order; findings are to come in the same one every time.
        std::sort(set_.findings.begin(), set_.findings.end(),
                  [](const Finding& a, const Finding& b) { return a.file < b.file; });
        std::sort(candidates_.begin(), candidates_.end(),
                  [](const Candidate& a, const Candidate& b) { return a.order() < b.order(); });
        set_.in_order.reserve(candidates_.size());
        for (const Candidate& candidate : candidates_)
            add(candidate);
        add_pair_findings(set_);
        return std::move(set_);
    }

  private:
    void sort_out(const Entry& entry) {
        const auto name = parse_pair_name(entry.path);
        if (!name || entry.kind == EntryKind::Directory) {
            if (auto finding = explain_ignored(entry)) set_.findings.push_back(*std::move(finding));
            return;
        }
        Candidate candidate{0, &entry, name->direction};
        const auto digits = name->version;
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), candidate.number);
        if (parsed.ec != std::errc{}) {
            set_.findings.push_back(out_of_range(entry, digits));
        } else if (entry.kind == EntryKind::Other) {
            set_.findings.push_back(not_a_file(entry, digits));
        } else {
            candidates_.push_back(candidate);
        }
    }

    void add(const Candidate& candidate) {
        const PairName name = *parse_pair_name(candidate.entry->path);
        if (set_.in_order.empty() || candidate.number != last_number_) {
            const auto version = Version::parse(name.version);
            set_.in_order.push_back(Migration{version->canonical(), *version, std::string(name.title),
                                              std::nullopt, std::nullopt});
            last_number_ = candidate.number;
        }
        Migration& migration = set_.in_order.back();
        auto& half = name.direction == Direction::Up ? migration.up : migration.down;
        if (half) {
            set_.findings.push_back(duplicate(migration, name.direction, half->entry, *candidate.entry));
            return;
        }
        half = Half{*candidate.entry, std::string(name.title)};
        if (auto finding = odd_extension(migration, *candidate.entry, name.extension)) {
            set_.findings.push_back(*std::move(finding));
        }
    }

    MigrationSet set_;
    std::vector<Candidate> candidates_;
    std::int64_t last_number_ = 0;
};

}  // namespace

MigrationSet GolangMigrate::read_listing(std::span<const Entry> entries) const {
    return ListingReader().read(entries);
}

std::size_t GolangMigrate::matches(std::span<const Entry> entries) const {
    return static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), [](const Entry& entry) {
        return entry.kind == EntryKind::File && parse_pair_name(entry.path).has_value();
    }));
}

}  // namespace godwit::layout
