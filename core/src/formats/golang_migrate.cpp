#include "formats/golang_migrate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <numeric>
#include <string_view>
#include <utility>

#include "formats/ignored.hpp"
#include "formats/pair_findings.hpp"
#include "formats/pair_name.hpp"

namespace godwit::layout {
namespace {

/// A file that matches the grammar, with its version as a number: sorting compares no text, and no name is
/// taken apart twice. There may be hundreds of thousands.
struct Candidate {
    std::int64_t number = 0;
    std::uint32_t entry = 0;  ///< its place in the listing
    std::uint32_t title_at = 0;
    std::uint32_t title_size = 0;
    Direction direction = Direction::Up;
};

/// Byte by byte from the lowest on: of hundreds of thousands in no order that costs a tenth of comparing
/// them.
void sort_by_number(std::vector<Candidate>& candidates) {
    constexpr unsigned kBits = 8;
    constexpr std::size_t kValues = std::size_t{1} << kBits;
    std::uint64_t all = 0;
    for (const Candidate& candidate : candidates)
        all |= static_cast<std::uint64_t>(candidate.number);
    std::vector<Candidate> sorted(candidates.size());
    for (unsigned shift = 0; shift < 64 && (all >> shift) != 0; shift += kBits) {
        const auto byte = [shift](const Candidate& candidate) {
            return (static_cast<std::uint64_t>(candidate.number) >> shift) % kValues;
        };
        std::array<std::size_t, kValues + 1> places{};
        for (const Candidate& candidate : candidates)
            ++places[byte(candidate) + 1];
        std::partial_sum(places.begin(), places.end(), places.begin());
        for (const Candidate& candidate : candidates)
            sorted[places[byte(candidate)]++] = candidate;
        candidates.swap(sorted);
    }
}

class ListingReader {
  public:
    explicit ListingReader(std::vector<Entry> entries) : entries_(std::move(entries)) {}

    MigrationSet read() {
        candidates_.reserve(entries_.size());
        for (std::size_t i = 0; i < entries_.size(); ++i)
            sort_out(i);
        // Sources list in any order; findings are to come in the same one every time.
        std::sort(set_.findings.begin(), set_.findings.end(),
                  [](const Finding& a, const Finding& b) { return a.file < b.file; });
        sort_candidates();
        set_.in_order.reserve(count_versions());
        for (const Candidate& candidate : candidates_)
            add(candidate);
        add_pair_findings(set_);
        return std::move(set_);
    }

  private:
    void sort_out(std::size_t index) {
        const Entry& entry = entries_[index];
        const auto name = parse_pair_name(entry.path);
        if (!name || entry.kind == EntryKind::Directory) {
            if (auto finding = explain_ignored(entry)) set_.findings.push_back(*std::move(finding));
            return;
        }
        Candidate candidate{.entry = static_cast<std::uint32_t>(index), .direction = name->direction};
        const auto digits = name->version;
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), candidate.number);
        if (parsed.ec != std::errc{}) {
            set_.findings.push_back(out_of_range(entry, digits));
        } else if (entry.kind == EntryKind::Other) {
            set_.findings.push_back(not_a_file(entry, digits));
        } else {
            candidate.title_at = static_cast<std::uint32_t>(name->title.data() - entry.path.data());
            candidate.title_size = static_cast<std::uint32_t>(name->title.size());
            candidates_.push_back(candidate);
        }
    }

    /// By number, direction and path.
    void sort_candidates() {
        sort_by_number(candidates_);
        for (auto first = candidates_.begin(); first != candidates_.end();) {
            const auto other = [first](const Candidate& next) { return next.number != first->number; };
            const auto last = std::find_if(first + 1, candidates_.end(), other);
            std::sort(first, last,
                      [this](const Candidate& a, const Candidate& b) { return is_before(a, b); });
            first = last;
        }
    }

    /// Of two of the same number.
    [[nodiscard]] bool is_before(const Candidate& a, const Candidate& b) const {
        if (a.direction != b.direction) return a.direction < b.direction;
        return entries_[a.entry].path < entries_[b.entry].path;
    }

    [[nodiscard]] std::size_t count_versions() const {
        std::size_t count = candidates_.empty() ? 0 : 1;
        for (std::size_t i = 1; i < candidates_.size(); ++i)
            count += candidates_[i - 1].number != candidates_[i].number ? 1 : 0;
        return count;
    }

    /// Takes the entry out of the listing.
    void add(const Candidate& candidate) {
        Entry& entry = entries_[candidate.entry];
        if (set_.in_order.empty() || candidate.number != last_number_) {
            const std::string_view digits = std::string_view(entry.path).substr(0, candidate.title_at - 1);
            set_.in_order.push_back(Migration{*Version::parse(digits)});
            last_number_ = candidate.number;
        }
        Migration& migration = set_.in_order.back();
        auto& half = candidate.direction == Direction::Up ? migration.up : migration.down;
        if (half) {
            set_.findings.push_back(duplicate(migration, candidate.direction, half->entry, entry));
            return;
        }
        half.emplace(Half{std::move(entry), candidate.title_at, candidate.title_size});
        if (auto finding = odd_extension(migration, *half, candidate.direction)) {
            set_.findings.push_back(*std::move(finding));
        }
    }

    std::vector<Entry> entries_;
    MigrationSet set_;
    std::vector<Candidate> candidates_;
    std::int64_t last_number_ = 0;
};

}  // namespace

MigrationSet GolangMigrate::read_listing(std::vector<Entry> entries) const {
    return ListingReader(std::move(entries)).read();
}

std::size_t GolangMigrate::matches(std::span<const Entry> entries) const {
    return static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), [](const Entry& entry) {
        return entry.kind == EntryKind::File && parse_pair_name(entry.path).has_value();
    }));
}

}  // namespace godwit::layout
