#include "fuzz.hpp"
#include "godwit/duration.hpp"
#include "godwit/script.hpp"

// The input is what stands behind `-- godwit:`, once above the first statement and once above the second:
// both places read the same, or the whole script is refused in one of the two lines. A duration that is read
// comes out of its own number again.

using godwit::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = godwit::fuzz::text_of(data, size);
    if (const auto span = godwit::parse_duration(text)) {
        require(span->count() >= 0);
        require(godwit::parse_duration(std::to_string(span->count()) + "ms") == span);
    }
    if (text.find_first_of("\r\n") != std::string::npos) return 0;
    const std::string line = "-- godwit: " + text + "\n";
    const auto parse = [](const std::string& script) {
        return godwit::Script::parse(script, godwit::postgresql_dialect());
    };
    const bool above_first = godwit::fuzz::goes_through(godwit::Errc::Statement, [&] {
        const auto script = parse(line + "SELECT 1;\n");
        require(script.statements().size() == 1);
    });
    godwit::fuzz::goes_through(godwit::Errc::Statement, [&] {
        const auto script = parse("SELECT 1;\n" + line + "SELECT 2;\n");
        require(script.statements().size() == 2);
        if (!above_first) return;
        const auto other = parse(line + "SELECT 1;\n");
        const auto& own = script.directives(script.statements()[1]);
        // expect-rows belongs to its statement wherever it stands
        require(own == other.directives() || own == other.directives(other.statements()[0]));
    });
    return 0;
}
