#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "godwit/api.hpp"
#include "godwit/rare_text.hpp"

namespace godwit {

/// A migration's version: digits, in parts separated by dots, of any length. Compared part by part as
/// numbers (`0012 == 12`, `1.10 > 1.9`, `1 < 1.0`), kept as written. 0 is legal.
class GODWIT_API Version {
  public:
    /// nullopt unless `text` is one or more runs of ASCII digits joined by single dots.
    static std::optional<Version> parse(std::string_view text);
    /// From a number that a ledger holds.
    static Version of(std::uint64_t number);

    /// As written: "0012".
    [[nodiscard]] std::string text() const;
    /// Of text(), without making it.
    [[nodiscard]] std::size_t text_size() const noexcept { return long_.empty() ? width_ : long_.size(); }
    /// Without leading zeros: "12". Equal versions have equal canonical text; ledgers store this.
    [[nodiscard]] std::string canonical() const;
    /// The value where it is one part and fits a signed 64-bit column (what golang-migrate's table can hold).
    [[nodiscard]] std::optional<std::int64_t> as_bigint() const noexcept {
        return long_.empty() ? std::optional(number_) : std::nullopt;
    }

    friend std::strong_ordering operator<=>(const Version& a, const Version& b) noexcept {
        if (a.long_.empty() && b.long_.empty()) return a.number_ <=> b.number_;
        return compare_texts(a, b);
    }
    friend bool operator==(const Version& a, const Version& b) noexcept { return std::is_eq(a <=> b); }

  private:
    Version(std::int64_t number, std::uint32_t width) noexcept : number_(number), width_(width) {}
    explicit Version(RareText text) noexcept : long_(std::move(text)) {}
    static std::strong_ordering compare_texts(const Version& a, const Version& b) noexcept;

    // There are several of each migration, and they are compared again and again: a number, not its text.
    std::int64_t number_ = 0;
    std::uint32_t width_ = 0;  ///< digits of the text, leading zeros included
    RareText long_;            ///< the text of what is no such number: of several parts, or larger
};

}  // namespace godwit
