#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "godwit/contract/report.hpp"
#include "godwit/source.hpp"

namespace godwit::contract {

struct FixtureFile {
    std::string name;
    std::string content;
};

/// The files a source has to hold, and no others, when the suite runs: migrations 1, 4 and 7 with both
/// halves, 3 without a down, 5 without an up. Among the contents: UTF-8, CRLF, no newline at the end, an
/// empty file.
[[nodiscard]] const std::vector<FixtureFile>& fixture_files();
/// Writes them into an existing folder.
void write_fixture(const std::filesystem::path& folder);

/// Opens a source that holds the fixture; each call gives a new object.
using MakeSource = std::function<std::unique_ptr<Source>()>;

/// Runs the contract of source.hpp against a source. Never throws for what the source does.
[[nodiscard]] Report run_source_contract(const MakeSource& make);

}  // namespace godwit::contract
