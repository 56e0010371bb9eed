#pragma once

#include <cstddef>
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
    std::string name;  ///< the title part of this file's name; the two halves may differ
};

/// What a layout makes of a listing: bodies are not read yet.
struct Migration {
    std::string id;  ///< what layout and ledger key on; for golang-migrate pairs the canonical version
    Version version;
    std::string name{};  ///< title of the up half, else of the down half
    std::optional<Half> up{};
    std::optional<Half> down{};
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
