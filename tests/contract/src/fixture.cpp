#include <fstream>

#include "godwit/contract/source_contract.hpp"
#include "godwit/error.hpp"

namespace godwit::contract {

const std::vector<FixtureFile>& fixture_files() {
    static const std::vector<FixtureFile> files{
        {"1_foobar.up.sql", "CREATE TABLE contract_one (id INTEGER);\n"},
        {"1_foobar.down.sql", "DROP TABLE contract_one;\n"},
        {"3_foobar.up.sql", "-- žluťoučký kůň: 12:30\nCREATE TABLE contract_three (note VARCHAR(20));\n"},
        {"4_foobar.up.sql", "CREATE TABLE contract_four (id INTEGER);\r\n-- CRLF\r\n"},
        {"4_foobar.down.sql", "DROP TABLE contract_four"},
        {"5_foobar.down.sql", ""},
        {"7_foobar.up.sql", "CREATE TABLE contract_seven (id INTEGER);\n\n\n"},
        {"7_foobar.down.sql", "DROP TABLE contract_seven;\n"},
    };
    return files;
}

void write_fixture(const std::filesystem::path& folder) {
    for (const FixtureFile& file : fixture_files()) {
        std::ofstream out(folder / file.name, std::ios::binary);
        out << file.content;
        out.close();
        if (!out) fail(Errc::Internal, "cannot write " + (folder / file.name).string());
    }
}

}  // namespace godwit::contract
