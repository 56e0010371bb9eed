#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "godwit/api.hpp"
#include "godwit/source.hpp"
#include "godwit/url.hpp"

/// Migrations that are part of a program or plugin. The tables are written by godwit_embed() and
/// godwit_embed_plugin() at build time (docs/sources/embedded.md).
namespace godwit::embedded {

/// A file; its bytes and texts live as long as the module they are in.
struct File {
    std::string_view path;         ///< a trailing '/' makes it a sub-folder: listed, never read
    std::string_view content;      ///< the bytes
    std::string_view fingerprint;  ///< hex SHA-256 of the content; "" = none
};

/// A folder under the name it was embedded as ("[a-z][a-z0-9-]*").
struct Folder {
    std::string_view name;
    std::span<const File> files;
};

/// The folder as a source. Borrows everything from its module.
GODWIT_API std::unique_ptr<Source> open(const Folder& folder);

/// The folder that a Registration made known under `name`. Throws Errc::Source naming those that are known
/// where there is none, or more than one.
GODWIT_API std::unique_ptr<Source> open(std::string_view name);

/// The names that open() knows, sorted.
[[nodiscard]] GODWIT_API std::vector<std::string> names();

/// NAME of `embedded://NAME`. Throws Errc::Usage where it is missing or where more than it is there.
[[nodiscard]] GODWIT_API std::string name_in(const Url& url);

/// Makes a folder known to open(name), and so to `embedded://name`, in this process as long as the object
/// lives. Thread-safe. Meant for a static object beside the folder's table.
class GODWIT_API Registration {
  public:
    explicit Registration(const Folder& folder) noexcept;
    ~Registration();
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

  private:
    struct List;

    Folder folder_;
    Registration* next_ = nullptr;

    friend std::unique_ptr<Source> open(std::string_view name);
    friend std::vector<std::string> names();
};

}  // namespace godwit::embedded
