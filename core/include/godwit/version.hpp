#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "godwit/api.hpp"

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
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// Without leading zeros: "12". Equal versions have equal canonical text; ledgers store this.
    [[nodiscard]] std::string canonical() const;
    /// The value where it is one part and fits a signed 64-bit column (what golang-migrate's table can hold).
    [[nodiscard]] std::optional<std::int64_t> as_bigint() const noexcept;

    GODWIT_API friend std::strong_ordering operator<=>(const Version& a, const Version& b) noexcept;
    friend bool operator==(const Version& a, const Version& b) noexcept { return std::is_eq(a <=> b); }

  private:
    explicit Version(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

}  // namespace godwit
