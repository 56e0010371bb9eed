#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "godwit/source.hpp"
#include "godwit/url.hpp"

namespace godwit::filesystem {

/// The folder a `file:` URL names, absolute: `file:///abs`, `file://rel/dir`, `file://./x`, `file://../x`,
/// `file:x`; empty = the working directory. Query and fragment are ignored. Behind `//` percent-encoding is
/// decoded, behind `file:` alone the text is taken as it is. Throws Errc::Usage for bad percent-encoding and
/// for a NUL.
std::filesystem::path folder_of(const Url& url, const std::filesystem::path& working_directory);

/// A descriptor that is closed.
class Descriptor {
  public:
    explicit Descriptor(int number = -1) noexcept : number_(number) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;

    [[nodiscard]] int number() const noexcept { return number_; }
    [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }
    /// Hands it over to who closes it from now on.
    [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

  private:
    int number_;
};

/// A folder on this machine. Listing is one pass over it; sizes and times come only where a look at the file
/// was needed anyway. Symbolic links are followed (Kubernetes' ConfigMaps are made of them), and read()
/// throws when one leads elsewhere than it did in list(). A link that leads nowhere, and one to a folder
/// under the name of a file, are listed as files: reading them is an error, so that no migration is taken for
/// an empty one.
class FilesystemSource final : public Source {
  public:
    explicit FilesystemSource(std::filesystem::path folder) : folder_(std::move(folder)) {}

    std::vector<Entry> list() override;
    std::string read(const Entry& entry) override;
    std::optional<std::filesystem::path> local_path(const Entry& entry) const override;
    [[nodiscard]] std::string describe() const override;

  private:
    /// Opened at the first need and held: what was listed and what is read are in the same folder, whatever
    /// is renamed.
    const Descriptor& directory();

    std::filesystem::path folder_;
    Descriptor directory_;
};

}  // namespace godwit::filesystem
