#pragma once

#include "godwit/format.hpp"

namespace godwit::layout {

/// golang-migrate's pairs: VERSION_TITLE.up.EXT and VERSION_TITLE.down.EXT.
class GolangMigrate final : public Format {
  public:
    [[nodiscard]] std::string_view name() const noexcept override { return "golang-migrate"; }
    [[nodiscard]] MigrationSet read_listing(std::vector<Entry> entries) const override;
    [[nodiscard]] std::size_t matches(std::span<const Entry> entries) const override;
    [[nodiscard]] std::vector<NewFile> new_files(const NewMigration& wish,
                                                 std::span<const Entry> existing) const override;
    [[nodiscard]] std::string with_version(std::string_view path, std::string_view version) const override;
    [[nodiscard]] std::vector<std::string> next_versions(const Version& latest, std::size_t count,
                                                         std::chrono::sys_seconds now) const override;
};

}  // namespace godwit::layout
