#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "godwit/api.hpp"

namespace godwit {

/// The file beside migrations on a web server that lists them: the HTTP source asks for it first.
inline constexpr std::string_view kManifestName = "migrations.json";

/// One file a manifest promises.
struct ManifestFile {
    std::string name;        ///< file name, no folder
    std::uint64_t size = 0;  ///< bytes
    std::string sha256;      ///< 64 lower-case hex digits
};

/// The manifest as `godwit index` writes it, in the order given (docs/schema/manifest.json):
/// {"files":[{"name":"…","size":N,"sha256":"…"}]}. Bytes of a name that are no UTF-8 are kept as they are.
GODWIT_API std::string manifest_json(std::span<const ManifestFile> files);

}  // namespace godwit
