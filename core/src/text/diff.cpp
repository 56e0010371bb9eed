#include "godwit/diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace godwit {
namespace {

constexpr std::size_t kContext = 3;
/// Edits between what begins and ends alike; beyond it the search costs more than the answer is worth.
constexpr std::ptrdiff_t kMostEdits = 1000;

/// Lines without their ends. A last one without an end differs from the same one with it.
std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto size = end == std::string_view::npos ? text.size() : end + 1;
        lines.push_back(text.substr(0, size));
        text.remove_prefix(size);
    }
    return lines;
}

using Lines = std::vector<std::string_view>;

struct Edit {
    char mark;  ///< ' ', '-' or '+'
    std::string_view line;
};

/// Myers' shortest edit script between the parts of two files that differ, or a plain replacement.
class Comparison {
  public:
    Comparison(const Lines& before, const Lines& after) : a_(before), b_(after) {
        const auto shorter = std::min(a_.size(), b_.size());
        while (head_ < shorter && a_[head_] == b_[head_])
            ++head_;
        while (tail_ < shorter - head_ && a_[a_.size() - 1 - tail_] == b_[b_.size() - 1 - tail_])
            ++tail_;
    }

    std::vector<Edit> edits() {
        const auto n = static_cast<std::ptrdiff_t>(a_.size() - head_ - tail_);
        const auto m = static_cast<std::ptrdiff_t>(b_.size() - head_ - tail_);
        if (search(n, m))
            walk_back(n, m);
        else
            replace();
        std::vector<Edit> all;
        for (std::size_t i = 0; i < head_; ++i)
            all.push_back({' ', a_[i]});
        all.insert(all.end(), middle_.rbegin(), middle_.rend());
        for (std::size_t i = a_.size() - tail_; i < a_.size(); ++i)
            all.push_back({' ', a_[i]});
        return all;
    }

  private:
    [[nodiscard]] std::string_view a(std::ptrdiff_t x) const {
        return a_[head_ + static_cast<std::size_t>(x)];
    }
    [[nodiscard]] std::string_view b(std::ptrdiff_t y) const {
        return b_[head_ + static_cast<std::size_t>(y)];
    }

    /// Whether diagonal `k` is reached by going down (an insertion) in round `d`; `row` is round d-1.
    static bool goes_down(const std::vector<std::ptrdiff_t>& row, std::ptrdiff_t d, std::ptrdiff_t k) {
        return k == -d || (k != d && at(row, d - 1, k - 1) < at(row, d - 1, k + 1));
    }
    static std::ptrdiff_t at(const std::vector<std::ptrdiff_t>& row, std::ptrdiff_t d, std::ptrdiff_t k) {
        return row[static_cast<std::size_t>((k + d) / 2)];
    }

    bool search(std::ptrdiff_t n, std::ptrdiff_t m) {
        for (std::ptrdiff_t d = 0; d <= std::min(n + m, kMostEdits); ++d) {
            std::vector<std::ptrdiff_t> row;
            for (std::ptrdiff_t k = -d; k <= d; k += 2) {
                row.push_back(furthest(d, k, n, m));
                if (row.back() >= n && row.back() - k >= m) {
                    rounds_.push_back(std::move(row));
                    return true;
                }
            }
            rounds_.push_back(std::move(row));
        }
        return false;
    }

    [[nodiscard]] std::ptrdiff_t furthest(std::ptrdiff_t d, std::ptrdiff_t k, std::ptrdiff_t n,
                                          std::ptrdiff_t m) const {
        std::ptrdiff_t x = 0;
        if (d > 0) {
            const auto& row = rounds_.back();
            x = goes_down(row, d, k) ? at(row, d - 1, k + 1) : at(row, d - 1, k - 1) + 1;
        }
        while (x < n && x - k < m && x - k >= 0 && a(x) == b(x - k))
            ++x;
        return x;
    }

    /// From the end to the beginning: `middle_` is in reverse.
    void walk_back(std::ptrdiff_t x, std::ptrdiff_t y) {
        for (auto d = static_cast<std::ptrdiff_t>(rounds_.size()) - 1; d >= 0; --d) {
            const std::ptrdiff_t k = x - y;
            std::ptrdiff_t from_x = 0;
            std::ptrdiff_t from_y = 0;
            bool down = false;
            if (d > 0) {
                const auto& row = rounds_[static_cast<std::size_t>(d - 1)];
                down = goes_down(row, d, k);
                const std::ptrdiff_t from_k = down ? k + 1 : k - 1;
                from_x = at(row, d - 1, from_k);
                from_y = from_x - from_k;
            }
            const std::ptrdiff_t begin = d == 0 ? 0 : down ? from_x : from_x + 1;
            for (; x > begin; --x, --y)
                middle_.push_back({' ', a(x - 1)});
            if (d == 0) return;
            middle_.push_back(down ? Edit{'+', b(from_y)} : Edit{'-', a(from_x)});
            x = from_x;
            y = from_y;
        }
    }

    void replace() {
        for (std::size_t i = b_.size() - tail_; i > head_; --i)
            middle_.push_back({'+', b_[i - 1]});
        for (std::size_t i = a_.size() - tail_; i > head_; --i)
            middle_.push_back({'-', a_[i - 1]});
    }

    const Lines& a_;
    const Lines& b_;
    std::size_t head_ = 0;  ///< lines at the beginning that are the same
    std::size_t tail_ = 0;  ///< and at the end
    std::vector<std::vector<std::ptrdiff_t>> rounds_;
    std::vector<Edit> middle_;
};

/// Half-open ranges of edits that are shown together.
std::vector<std::pair<std::size_t, std::size_t>> hunks_of(const std::vector<Edit>& edits) {
    std::vector<std::pair<std::size_t, std::size_t>> hunks;
    for (std::size_t i = 0; i < edits.size(); ++i) {
        if (edits[i].mark == ' ') continue;
        const std::size_t begin = i > kContext ? i - kContext : 0;
        const std::size_t end = std::min(i + kContext + 1, edits.size());
        if (!hunks.empty() && begin <= hunks.back().second)
            hunks.back().second = end;
        else
            hunks.emplace_back(begin, end);
    }
    return hunks;
}

std::string range(std::size_t before, std::size_t count) {
    const auto first = count == 0 ? before : before + 1;
    return count == 1 ? fmt::format("{}", first) : fmt::format("{},{}", first, count);
}

/// Lines that take part in one of the two texts: all but those of the other's mark.
std::size_t count_without(const std::vector<Edit>& edits, std::size_t begin, std::size_t end, char mark) {
    const auto at = [&](std::size_t i) { return edits.begin() + static_cast<std::ptrdiff_t>(i); };
    return static_cast<std::size_t>(
        std::count_if(at(begin), at(end), [mark](const Edit& edit) { return edit.mark != mark; }));
}

/// Counts the lines it takes, and keeps only the first of them.
class Sheet {
  public:
    explicit Sheet(std::size_t most) : most_(most) {}
    void add(std::string_view line) {
        if (++lines_ <= most_) text_.append(line).append("\n");
    }
    std::string take() {
        if (lines_ > most_) text_ += fmt::format("… {} more lines\n", lines_ - most_);
        return std::move(text_);
    }

  private:
    std::size_t most_;
    std::size_t lines_ = 0;
    std::string text_;
};

void add_edit(Sheet& sheet, const Edit& edit) {
    const bool ended = edit.line.back() == '\n';
    sheet.add(edit.mark + std::string(edit.line.substr(0, edit.line.size() - (ended ? 1 : 0))));
    if (!ended) sheet.add("\\ No newline at end of file");
}

}  // namespace

std::string unified_diff(std::string_view old_text, std::string_view new_text, std::string_view old_name,
                         std::string_view new_name, std::size_t most_lines) {
    if (old_text == new_text) return {};
    const auto before = lines_of(old_text);
    const auto after = lines_of(new_text);
    const auto edits = Comparison(before, after).edits();
    Sheet sheet(most_lines);
    sheet.add(fmt::format("--- {}", old_name));
    sheet.add(fmt::format("+++ {}", new_name));
    for (const auto& [begin, end] : hunks_of(edits)) {
        sheet.add(
            fmt::format("@@ -{} +{} @@",
                        range(count_without(edits, 0, begin, '+'), count_without(edits, begin, end, '+')),
                        range(count_without(edits, 0, begin, '-'), count_without(edits, begin, end, '-'))));
        for (std::size_t i = begin; i < end; ++i)
            add_edit(sheet, edits[i]);
    }
    return sheet.take();
}

}  // namespace godwit
