#pragma once

#include <godwit/source.hpp>
#include <godwit/url.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bundle.hpp"

namespace list {

/// All migrations in one text file. A source is three functions: list, read, describe.
class ListSource final : public godwit::Source {
  public:
    explicit ListSource(std::filesystem::path file) : file_(std::move(file)) {}

    std::vector<godwit::Entry> list() override;
    std::string read(const godwit::Entry& entry) override;
    [[nodiscard]] std::string describe() const override { return "list://" + file_.string(); }

  private:
    [[nodiscard]] Files load() const;

    std::filesystem::path file_;
    Files files_;  ///< as listed: what is read later is what was planned
    bool listed_ = false;
};

/// `list://FILE`, `list:FILE`; a relative FILE begins in the working folder.
std::unique_ptr<godwit::Source> open(const godwit::Url& url, const godwit::SourceOptions& options);

}  // namespace list
