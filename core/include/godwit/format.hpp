#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "godwit/api.hpp"
#include "godwit/migration.hpp"
#include "godwit/source.hpp"

namespace godwit {

/// How `new` makes names.
struct NewMigration {
    std::string name;         ///< as typed; a layout turns it into what its grammar allows
    bool sequential = false;  ///< next number instead of a time stamp
    unsigned digits = 6;      ///< width of sequential numbers
    std::chrono::sys_seconds now{};
    std::string sql;  ///< content of the up half; may be empty
};

struct NewFile {
    std::string path;  ///< relative to the source's root
    std::string content;
};

/// A directory layout: turns a listing into migrations. Stateless and thread-safe; one object per layout
/// for the life of the process.
class GODWIT_API Format {
  public:
    Format() = default;
    virtual ~Format();
    Format(const Format&) = delete;
    Format& operator=(const Format&) = delete;

    [[nodiscard]] virtual std::string_view name() const noexcept = 0;
    /// Linear in the number of entries but for one sort. Never throws for odd names: they are findings. Takes
    /// the listing: what becomes a migration is moved, not copied.
    [[nodiscard]] virtual MigrationSet read_listing(std::vector<Entry> entries) const = 0;
    /// How many entries look like this layout; the highest count wins detection.
    [[nodiscard]] virtual std::size_t matches(std::span<const Entry> entries) const = 0;
    /// The files `new` is to write. Throws Errc::Usage for a name that cannot be part of a file name, a
    /// sequence number longer than `digits`, or a version that is there already.
    [[nodiscard]] virtual std::vector<NewFile> new_files(const NewMigration& wish,
                                                         std::span<const Entry> existing) const = 0;
    /// `path`, a file of this layout, under another version: title, direction and extension stay. Throws
    /// Errc::Usage for a path that is none.
    [[nodiscard]] virtual std::string with_version(std::string_view path, std::string_view version) const = 0;
    /// `count` versions behind `latest`, ascending: the next numbers in the width of `latest` where it was
    /// counted, else time stamps from `now` on. Throws Errc::Usage where no number follows.
    [[nodiscard]] virtual std::vector<std::string> next_versions(const Version& latest, std::size_t count,
                                                                 std::chrono::sys_seconds now) const = 0;
};

/// All layouts known, the default ("golang-migrate") first.
GODWIT_API std::span<const Format* const> formats();
/// Throws Errc::Usage with the nearest name where there is none of that name.
GODWIT_API const Format& find_format(std::string_view name);
/// By content of the listing; an empty folder is the default layout.
GODWIT_API const Format& detect_format(std::span<const Entry> entries);

}  // namespace godwit
