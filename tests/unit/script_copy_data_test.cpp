#include <algorithm>
#include <random>
#include <string>

#include "catch.hpp"
#include "godwit/script.hpp"

TEST_CASE("the end of COPY data is found behind any number of backslashes", "[script]") {
    std::mt19937 random(11);
    for (const std::string_view letters : {"xxxxxxxxxxxxxxx\\.\n", "\\N\t.", "\\.\n\r", "\\\\\\.x\n"}) {
        for (std::size_t size = 0; size < 12'000; size = size * 5 / 4 + 1) {
            std::string data;
            while (data.size() < size)
                data += letters[random() % letters.size()];
            const std::string lines = "\n" + data + "\n\\.\n";
            const std::size_t end = std::min(lines.find("\n\\.\n"), lines.find("\n\\.\r\n"));
            const auto script = godwit::Script::parse("COPY t FROM stdin;" + lines.substr(0, end) + "\n\\.\n",
                                                      godwit::postgresql_dialect(), "1_a.up.sql");
            CAPTURE(letters, size);
            REQUIRE(script.copy_data(script.statements().front()) == lines.substr(1, end));
        }
    }
}
