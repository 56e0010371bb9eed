// The source contract, and what is special to bundles. No test framework is needed.
#include <godwit/contract/source_contract.hpp>
#include <godwit/error.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "list_source.hpp"

namespace {

int failures = 0;

void expect(bool holds, const std::string& what) {
    if (holds) return;
    ++failures;
    std::cerr << "FAILED " << what << "\n";
}

/// The message of the error that parsing ends with; "" = none.
std::string trouble(const std::string& text) {
    try {
        (void)list::parse_bundle(text, "b");
    } catch (const godwit::Error& error) {
        return error.info().message;
    }
    return {};
}

void check_bundles() {
    const auto says = [](const std::string& text, const std::string& what) {
        expect(trouble(text).find(what) != std::string::npos, what + ": " + trouble(text));
    };
    expect(list::parse_bundle("=== end\n", "b").empty(), "an empty bundle");
    expect(list::parse_bundle("=== a\nx\n=== end", "b").at("a") == "x", "a bundle of one file");
    says("=== a\nSELECT 1;\n", "cut short");
    says("", "cut short");
    says("SELECT 1;\n=== end\n", "line 1: text in front");
    says("=== a\n=== a\n=== end\n", "line 2: 'a' is there twice");
    says("=== ../a\n=== end\n", "is not the name of a file");
    says("=== end\nSELECT 1;\n", "text behind");
}

}  // namespace

int main() {
    const auto file =
        std::filesystem::temp_directory_path() / ("list-" + std::to_string(::getpid()) + ".sql.txt");
    list::Files files;
    for (const auto& fixture : godwit::contract::fixture_files())
        files[fixture.name] = fixture.content;
    std::ofstream(file, std::ios::binary) << list::write_bundle(files);

    const auto report =
        godwit::contract::run_source_contract([&] { return std::make_unique<list::ListSource>(file); });
    std::filesystem::remove(file);
    std::cout << report.text();
    check_bundles();
    return report.ok() && failures == 0 ? 0 : 1;
}
