#include "godwit/atlas_sum.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <vector>

#include "catch.hpp"
#include "content_of.hpp"

namespace fs = std::filesystem;
using godwit::test::content_of;

namespace {

fs::path corpora() {
    const char* shared = std::getenv("GODWIT_SHARED");
    return fs::path(shared ? shared : GODWIT_SOURCE_DIR "/../shared") / "corpora";
}

}  // namespace

TEST_CASE("atlas.sum of no files is the hash of nothing") {
    CHECK(godwit::atlas_sum({}) == "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
}

TEST_CASE(
    "atlas.sum is a chain: an edit changes the hash of its file and of all behind it, not those before") {
    const godwit::SumFile before[] = {{"1.sql", "a"}, {"2.sql", "b"}, {"3.sql", "c"}};
    const godwit::SumFile after[] = {{"1.sql", "a"}, {"2.sql", "B"}, {"3.sql", "c"}};
    const std::string a = godwit::atlas_sum(before);
    const std::string b = godwit::atlas_sum(after);
    const auto line = [](const std::string& text, const std::string& name) {
        const auto at = text.find(name);
        return text.substr(at, text.find('\n', at) - at);
    };
    CHECK(line(a, "1.sql") == line(b, "1.sql"));
    CHECK(line(a, "2.sql") != line(b, "2.sql"));
    CHECK(line(a, "3.sql") != line(b, "3.sql"));
}

TEST_CASE("a file that asks to be left out of atlas.sum has no line, but its name counts") {
    const godwit::SumFile with[] = {{"1.sql", "a"}, {"2.sql", "-- atlas:sum ignore\nb"}, {"3.sql", "c"}};
    const godwit::SumFile edited[] = {{"1.sql", "a"}, {"2.sql", "-- atlas:sum ignore\nB"}, {"3.sql", "c"}};
    const godwit::SumFile without[] = {{"1.sql", "a"}, {"3.sql", "c"}};
    CHECK(godwit::atlas_sum(with).find("2.sql") == std::string::npos);
    CHECK(godwit::atlas_sum(with) == godwit::atlas_sum(edited));
    CHECK(godwit::atlas_sum(with) != godwit::atlas_sum(without));
}

TEST_CASE("openmeter's atlas.sum is recomputed equal") {
    const fs::path folder = corpora() / "openmeter/postgres";
    if (!fs::exists(folder)) {
        std::cerr << "SKIPPED: " << folder << " is not there\n";
        return;
    }
    std::vector<std::pair<std::string, std::string>> files;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with(".up.sql")) files.emplace_back(name, content_of(entry.path()));
    }
    std::ranges::sort(files);
    std::vector<godwit::SumFile> view;
    for (const auto& [name, content] : files)
        view.push_back({name, content});
    CHECK(view.size() == 269);
    CHECK(godwit::atlas_sum(view) == content_of(folder / "atlas.sum"));
}
