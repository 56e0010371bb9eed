#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "godwit/source.hpp"
#include "godwit/url.hpp"

/// A source whose files live in memory: for tests, and as the template of a source.
namespace godwit::stub {

/// What a server would hold: names and contents. A name that ends in '/' is a folder.
using Files = std::map<std::string, std::string>;

class StubSource final : public Source {
  public:
    explicit StubSource(Files files) : files_(std::move(files)) {}

    std::vector<Entry> list() override;
    std::string read(const Entry& entry) override;
    [[nodiscard]] std::string describe() const override { return "stub:"; }

    /// For tests that change files under a run.
    Files& files() noexcept { return files_; }
    /// How often read() was called.
    [[nodiscard]] std::size_t reads() const noexcept { return reads_; }

  private:
    Files files_;
    std::size_t reads_ = 0;
};

/// `stub:?NAME=CONTENT&…`, percent-encoded.
std::unique_ptr<Source> open(const Url& url, const SourceOptions& options);

}  // namespace godwit::stub
