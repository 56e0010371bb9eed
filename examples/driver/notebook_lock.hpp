#pragma once

#include <godwit/driver.hpp>

#include <filesystem>
#include <memory>

namespace notebook {

/// A lock on `<notebook>.lock`. The kernel keeps it, so it ends with whoever holds it, however that ends.
[[nodiscard]] std::unique_ptr<godwit::Lock> lock_notebook(const std::filesystem::path& notebook,
                                                          const godwit::Deadline& deadline,
                                                          const godwit::LockWaiting& waiting);

}  // namespace notebook
