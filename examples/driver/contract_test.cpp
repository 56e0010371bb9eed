// The driver contract. No test framework is needed.
#include <unistd.h>
#include <godwit/contract/driver_contract.hpp>

#include <filesystem>
#include <iostream>

#include "notebook_driver.hpp"

int main() {
    namespace fs = std::filesystem;
    const fs::path folder = fs::temp_directory_path() / ("notebook-" + std::to_string(::getpid()));
    fs::create_directory(folder);

    godwit::contract::DriverQuirks quirks;
    quirks.open = [&] {
        return std::make_unique<notebook::NotebookDriver>(folder / "notes.txt", godwit::DriverOptions{});
    };
    quirks.create = [](std::string_view name) { return "ADD " + std::string(name) + " some text"; };
    quirks.remove = [](std::string_view name) { return "DELETE " + std::string(name); };
    quirks.failing = "DELETE contract_no_such_note";
    quirks.sql = false;

    const auto report = godwit::contract::run_driver_contract(quirks);
    fs::remove_all(folder);
    std::cout << report.text();
    return report.ok() ? 0 : 1;
}
