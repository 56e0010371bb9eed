#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::plugins {

/// The content of a section of an ELF file, read without loading it; nullopt where it has none of that name.
/// Throws Errc::Plugin for a file that cannot be read, is not ELF, is for another machine or is damaged.
[[nodiscard]] std::optional<std::vector<std::byte>> read_elf_section(const std::filesystem::path& file,
                                                                     std::string_view name);

}  // namespace godwit::plugins
