#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "godwit/api.hpp"
#include "godwit/finding.hpp"
#include "godwit/source.hpp"
#include "godwit/version.hpp"

namespace godwit {

enum class Direction : std::uint8_t { Up, Down };

GODWIT_API std::string_view direction_name(Direction direction) noexcept;  ///< "up", "down"

/// One direction of a migration: the file that holds it.
struct Half {
    Entry entry;
    std::uint32_t title_at = 0;  ///< where the title stands in the path
    std::uint32_t title_size = 0;

    /// The title part of this file's name; the two halves may differ. A view into the path.
    [[nodiscard]] std::string_view name() const noexcept {
        return std::string_view(entry.path).substr(title_at, title_size);
    }
};

/// What a layout makes of a listing: bodies are not read yet. At least one half is there.
struct Migration {
    Version version;
    std::optional<Half> up{};
    std::optional<Half> down{};

    /// Title of the up half, else of the down half. A view into its path.
    [[nodiscard]] std::string_view name() const noexcept { return up ? up->name() : down->name(); }
};

struct MigrationSet {
    std::vector<Migration> in_order;  ///< in the order in which they are to be applied
    std::vector<Finding> findings;    ///< ignored files, duplicates, gaps, missing halves

    /// Index of a version by binary search; nullopt where there is none.
    [[nodiscard]] GODWIT_API std::optional<std::size_t> find(const Version& version) const;
    /// Throws Errc::Validation with the first finding of severity Error (duplicate version, version out
    /// of the ledger's range), naming how many more there are.
    GODWIT_API void require_sound() const;
};

}  // namespace godwit
