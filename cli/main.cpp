#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "cli.hpp"
#include "compat/compat.hpp"
#include "discretion.hpp"

/// Two faces of one program: under the name `migrate`, or behind `compat migrate`, golang-migrate's.
int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    const godwit::cli::Discretion discretion(argc, argv);
    const std::span<const std::string> all(words);
    if (argc > 0 && std::filesystem::path(argv[0]).filename() == "migrate") return godwit::compat::run(all);
    if (words.size() >= 2 && words[0] == "compat" && words[1] == "migrate")
        return godwit::compat::run(all.subspan(2));
    return godwit::cli::run(all);
}
