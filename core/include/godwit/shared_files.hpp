#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "godwit/api.hpp"
#include "godwit/dialect.hpp"
#include "godwit/format.hpp"
#include "godwit/migration.hpp"
#include "godwit/script.hpp"
#include "godwit/source.hpp"

namespace godwit {

/// The files of one source for many migrators at once: listed once, each read once, and each split once for
/// every dialect. Holds at most 64 MiB of bodies; what is beyond that is read again for whoever asks.
/// Thread-safe but for construction, even where the source is not. Borrows the source, which nobody else may
/// use meanwhile. Must outlive the migrators it is given to (MigratorOptions::shared).
class GODWIT_API SharedFiles {
  public:
    /// Lists the source. `format` null: detected from the listing. Throws Errc::Source, and what
    /// detect_format() throws.
    explicit SharedFiles(Source& source, const Format* format = nullptr);
    ~SharedFiles();
    SharedFiles(const SharedFiles&) = delete;
    SharedFiles& operator=(const SharedFiles&) = delete;

    [[nodiscard]] const Format& format() const noexcept;
    [[nodiscard]] const MigrationSet& migrations() const noexcept;
    /// Files of the listing, of whatever kind.
    [[nodiscard]] std::size_t files() const noexcept;
    /// The same files as a source for a migrator; any number of threads may use it at once.
    [[nodiscard]] Source& source() noexcept;
    /// `content` of `file`, which must be UTF-8, split; a copy of what was split before as long as content
    /// and dialect are those of the first time. Throws Errc::Statement.
    [[nodiscard]] Script script(std::string content, const Dialect& dialect, const std::string& file);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace godwit
