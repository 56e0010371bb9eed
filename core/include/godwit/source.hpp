#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "godwit/api.hpp"
#include "godwit/deadline.hpp"
#include "godwit/rare_text.hpp"

namespace godwit {

enum class EntryKind : std::uint8_t { File, Directory, Other };

/// One thing a source holds.
struct Entry {
    std::string path;                  ///< relative to the source's root, '/' between parts, UTF-8 as stored
    std::uint64_t size = 0;            ///< bytes; 0 where the place does not tell before reading
    EntryKind kind = EntryKind::File;  ///< a Directory or Other (socket, device) is listed but never read
    RareText fingerprint{};            ///< ETag, hash or mtime, compared only for equality; "" = none
};

/// A place where files are. Knows nothing of versions, directions or databases. Not thread-safe: one
/// thread at a time. Read-only: nothing of it writes to the place.
class GODWIT_API Source {
  public:
    Source() = default;
    virtual ~Source();
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    /// All entries of the root, not of its sub-folders, in any order. Complete and consistent, or throws
    /// Errc::Source (missing folder, server's answer cut short, …). An empty folder is an empty list.
    virtual std::vector<Entry> list() = 0;

    /// The whole content as it was listed, or throws Errc::Source: never a part. Implementations verify
    /// what they can (size, hash, ETag) and throw when it changed since `list()`.
    virtual std::string read(const Entry& entry) = 0;

    using Sink = std::function<void(std::size_t index, std::string content)>;
    /// Reads several and hands each to `sink` on the calling thread, in any order, each exactly once.
    /// Default: `read()` in turn. Sources across a network overlap the transfers.
    virtual void read_many(std::span<const Entry> entries, const Sink& sink);

    /// Where the entry lies as a file on this machine; nullopt where it does not.
    virtual std::optional<std::filesystem::path> local_path(const Entry& entry) const;

    /// The place as a person knows it, without secrets: "file:///srv/app/migrations".
    [[nodiscard]] virtual std::string describe() const = 0;
};

/// What a source is opened with besides its URL.
struct SourceOptions {
    /// Looks up an environment variable; drivers and sources never call getenv themselves.
    std::function<std::optional<std::string>(std::string_view name)> env;
    std::filesystem::path working_directory;  ///< absolute; relative paths start here
    Milliseconds timeout{30'000};             ///< for one exchange with a server
};

}  // namespace godwit
