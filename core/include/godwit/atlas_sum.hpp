#pragma once

#include <span>
#include <string>
#include <string_view>

#include "godwit/api.hpp"

namespace godwit {

/// A file as Atlas's checksum file counts it.
struct SumFile {
    std::string_view name;
    std::string_view content;
};

/// The content that an `atlas.sum` beside these files must have, in their order: a chain of SHA-256 over
/// names and contents (facts/atlas-drizzle.md 1.4). Files that begin with "-- atlas:sum ignore" get no line.
/// For a folder of golang-migrate pairs, the files are the `*.up.sql` alone.
GODWIT_API std::string atlas_sum(std::span<const SumFile> files);

}  // namespace godwit
