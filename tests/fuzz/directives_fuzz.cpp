#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "godwit/duration.hpp"
#include "godwit/error.hpp"
#include "godwit/script.hpp"

// The input is what stands behind `-- godwit:`, once above the first statement and once above the second.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    (void)godwit::parse_duration(text);
    const std::string script = "-- godwit: " + text + "\nSELECT 1;\n-- godwit: " + text + "\nSELECT 2;\n";
    try {
        (void)godwit::Script::parse(script, godwit::postgresql_dialect());
    } catch (const godwit::Error& error) {
        if (error.code() != godwit::Errc::Statement) std::abort();
    }
    return 0;
}
