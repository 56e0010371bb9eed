#include <algorithm>

#include "fuzz.hpp"
#include "godwit/atlas_sum.hpp"

// The sum has one line for the whole and one for each file that is not left out, and another content, name or
// order gives another sum. The input is a list of names and contents, NUL between them.

namespace {

using godwit::SumFile;
using godwit::fuzz::require;

std::string whole_of(const std::string& sum) {
    require(sum.starts_with("h1:") && sum.ends_with('\n'));
    return sum.substr(0, sum.find('\n'));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto parts = godwit::fuzz::parts_of(godwit::fuzz::text_of(data, size), '\0', 32);
    std::vector<SumFile> files;
    std::size_t lines = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
        if (parts[i].find('\n') != std::string::npos) return 0;
        files.push_back({parts[i], parts[i + 1]});
        lines += parts[i + 1].starts_with("-- atlas:sum ignore") ? 0 : 1;
    }
    const std::string sum = godwit::atlas_sum(files);
    require(sum == godwit::atlas_sum(files));
    // more may be counted than begin with the mark: "-- atlas:sum ignored" is no mark
    const auto counted = static_cast<std::size_t>(std::ranges::count(sum, '\n'));
    require(counted >= 1 + lines && counted <= 1 + files.size());
    if (files.empty() || files.back().content.starts_with("-- atlas:sum")) return 0;
    const std::string longer = std::string(files.back().content) + "x";
    files.back().content = longer;
    require(whole_of(godwit::atlas_sum(files)) != whole_of(sum));
    return 0;
}
