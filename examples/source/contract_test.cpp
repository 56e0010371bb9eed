// The source contract, with the fixture laid out in folders. No test framework is needed.
#include <godwit/contract/source_contract.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "folders_source.hpp"

int main() {
    namespace fs = std::filesystem;
    const fs::path root = fs::temp_directory_path() / ("folders-" + std::to_string(::getpid()));
    for (const auto& file : godwit::contract::fixture_files()) {
        const auto dot = file.name.find('.');
        const fs::path folder = root / file.name.substr(0, dot);
        fs::create_directories(folder);
        std::ofstream(folder / file.name.substr(dot + 1), std::ios::binary) << file.content;
    }
    const auto report = godwit::contract::run_source_contract(
        [&] { return open_folders(godwit::Url::parse("folders://" + root.string()), {}); });
    fs::remove_all(root);
    std::cout << report.text();
    return report.ok() ? 0 : 1;
}
