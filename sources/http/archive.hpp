#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "godwit/source.hpp"

namespace godwit::http {

/// The files of one folder of an archive, in memory.
struct Unpacked {
    std::vector<Entry> entries;
    std::map<std::string, std::string, std::less<>> contents;
};

struct ArchiveLimits {
    std::uint64_t max_size;  ///< of all that is in it, together
};

/// Unpacks a .tar, .tar.gz or .zip into memory. `folder` is the folder in it that is wanted, "." its top; ""
/// = the first that holds files or more than one folder, from the top down. Throws Errc::Source for an
/// archive that is damaged or cut short, encrypted, or larger than the limits, for names that lead out of it,
/// come twice or are made to do harm, and for links and devices in the folder that is wanted.
Unpacked unpack(std::string_view archive, const std::string& folder, const ArchiveLimits& limits,
                const std::string& place);

}  // namespace godwit::http
