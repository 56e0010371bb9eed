#include "notebook.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <godwit/error.hpp>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace notebook {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void broken(const fs::path& file, const std::string& what) {
    godwit::fail(godwit::Errc::Connect, "notebook " + file.string() + " cannot be " + what + ": " +
                                            std::generic_category().message(errno));
}

/// A file descriptor that is closed with it.
class File {
  public:
    File(const fs::path& path, int flags) : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {
        if (fd_ < 0) broken(path_, "written");
    }
    ~File() { ::close(fd_); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    void write(std::string_view text) const {
        while (!text.empty()) {
            const ssize_t written = ::write(fd_, text.data(), text.size());
            if (written < 0 && errno != EINTR) broken(path_, "written");
            if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    void sync() const {
        if (::fsync(fd_) != 0) broken(path_, "written");
    }

  private:
    const fs::path& path_;
    int fd_;
};

void sync_folder(const fs::path& file) {
    const fs::path folder = file.parent_path();
    File(folder, O_RDONLY | O_DIRECTORY).sync();
}

}  // namespace

Notebook load(const fs::path& file) {
    std::error_code missing;
    if (!fs::exists(file, missing)) return {};
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in.is_open() || in.bad()) broken(file, "read");
    return parse(text, file.string());
}

void save(const Notebook& notebook, const fs::path& file) {
    if (notebook.empty()) {
        std::error_code missing;
        fs::remove(file, missing);
    } else {
        const fs::path fresh = file.string() + ".new";
        {
            const File out(fresh, O_WRONLY | O_CREAT | O_TRUNC);
            out.write(print(notebook));
            out.sync();
        }
        fs::rename(fresh, file);
    }
    sync_folder(file);
}

}  // namespace notebook
