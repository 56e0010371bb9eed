#include <malloc.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "cli.hpp"
#include "compat/compat.hpp"
#include "discretion.hpp"

/// Two faces of one program: under the name `migrate`, or behind `compat migrate`, golang-migrate's.
int main(int argc, char** argv) {
    // What the thread that lists the files gives back is there for what comes after it: its own heap would
    // not be. Threads of ours wait for servers, not for memory.
    mallopt(M_ARENA_MAX, 1);
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    const godwit::cli::Discretion discretion(argc, argv);
    const std::span<const std::string> all(words);
    if (argc > 0 && std::filesystem::path(argv[0]).filename() == "migrate") return godwit::compat::run(all);
    if (words.size() >= 2 && words[0] == "compat" && words[1] == "migrate")
        return godwit::compat::run(all.subspan(2));
    return godwit::cli::run(all);
}
