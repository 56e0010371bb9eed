#pragma once

#include <cstddef>
#include <thread>

namespace godwit::filesystem {

/// Fetches the pages of fresh memory from the system on a thread of its own, ahead of who fills them: one by
/// one, as they are touched, that takes longer than reading a file into them. Their contents stay as they
/// are. Where the system cannot do that, or no thread can be had, they come as they are touched.
class PagesAhead {
  public:
    /// `begin`: of memory that outlives this, not yet used; whole pages of `size` bytes are fetched, where
    /// that is enough to be worth a thread.
    PagesAhead(char* begin, std::size_t size);

  private:
    std::jthread thread_;  ///< stops between two stretches when this ends
};

}  // namespace godwit::filesystem
