#pragma once

#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "godwit/dialect.hpp"

namespace godwit::script {

struct ChecksumValues {
    std::string bytes;                  ///< Script::sha256()
    std::optional<std::string> tokens;  ///< Script::token_sha256(); nullopt where the text cannot be split
};

/// Both checksums of one text, computed on a thread of their own while something else is waited for. Any
/// thread may call; the end of the object waits for the thread.
class Checksums {
  public:
    /// A shorter text is done before a thread has begun.
    static constexpr std::size_t kWorthAThread = std::size_t{1} << 20U;

    /// Does nothing the second time, nor where no thread can be had. `dialect` outlives this object.
    void begin(std::shared_ptr<const std::string> text, std::string file, const Dialect& dialect);
    /// Waits for the thread. nullopt where none was begun.
    [[nodiscard]] std::optional<ChecksumValues> wait() const;

  private:
    mutable std::mutex mutex_;
    std::shared_future<ChecksumValues> values_;
};

/// What a text's tokens make: see Script::token_sha256().
std::string token_sha256(const std::string& text, const std::string& file, const Dialect& dialect);

}  // namespace godwit::script
