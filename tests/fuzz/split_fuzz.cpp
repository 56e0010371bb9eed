#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "godwit/error.hpp"
#include "godwit/script.hpp"

// Any text is either split into pieces that tile it, or refused with a place in it.

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void check(const godwit::Script& script) {
    std::size_t last = 0;
    for (const godwit::Statement& statement : script.statements()) {
        require(statement.piece_begin == last);
        require(statement.piece_begin <= statement.begin && statement.begin < statement.end);
        require(statement.end <= statement.piece_end);
        require(statement.copy_data_begin <= statement.copy_data_end);
        require(statement.copy_data_end <= statement.piece_end);
        last = statement.piece_end;
    }
    require(script.empty() || last == script.text().size());
    require(script.token_sha256().size() == 64);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    try {
        check(godwit::Script::parse(text, godwit::GODWIT_FUZZ_DIALECT()));
    } catch (const godwit::Error& error) {
        require(error.code() == godwit::Errc::Statement && error.info().where.line > 0);
        require(error.info().position && *error.info().position <= size);
    }
    return 0;
}
