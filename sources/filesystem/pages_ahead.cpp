#include "filesystem/pages_ahead.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <system_error>

namespace godwit::filesystem {
namespace {

constexpr std::size_t kWorthAThread = std::size_t{4} << 20U;
/// Small enough to stay ahead from the start, and to end soon.
constexpr std::size_t kStretch = std::size_t{256} << 10U;

bool fetch([[maybe_unused]] char* begin, [[maybe_unused]] std::size_t size) {
#ifdef MADV_POPULATE_WRITE
    return ::madvise(begin, size, MADV_POPULATE_WRITE) == 0;
#else
    return false;
#endif
}

void fetch_all(const std::stop_token& stop, char* begin, char* end) {
    while (begin < end && !stop.stop_requested()) {
        const std::size_t size = std::min(kStretch, static_cast<std::size_t>(end - begin));
        if (!fetch(begin, size)) return;  // a kernel before Linux 5.14, or not enough memory
        begin += size;
    }
}

}  // namespace

PagesAhead::PagesAhead(char* begin, std::size_t size) {
    if (size < kWorthAThread) return;
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t before = (page - reinterpret_cast<std::uintptr_t>(begin) % page) % page;
    char* const first = begin + before;
    char* const end = first + (size - before) / page * page;
    try {
        thread_ = std::jthread(fetch_all, first, end);
    } catch (const std::system_error&) {
        return;  // a limit on threads
    }
}

}  // namespace godwit::filesystem
