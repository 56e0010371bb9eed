#pragma once

#include <filesystem>
#include <string_view>

#include "godwit/error.hpp"

namespace godwit::cli {

/// Throws `code`: what could not be written, and the reason in errno where there is one. `asked_by` stands
/// before it: "--report: ".
[[noreturn]] void cannot_write(const std::filesystem::path& file, Errc code, std::string_view asked_by = "");

/// Makes the file or replaces its content. Throws `code` with the reason.
void write_file(const std::filesystem::path& file, std::string_view text, Errc code);

}  // namespace godwit::cli
