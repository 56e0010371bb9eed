#include "godwit/finding.hpp"

#include <regex>
#include <set>
#include <string>

#include "catch.hpp"
#include "content_of.hpp"
#include "godwit/migration.hpp"

using namespace godwit;
using godwit::test::content_of;

TEST_CASE("severities and directions have names") {
    CHECK(severity_name(Severity::Info) == "info");
    CHECK(severity_name(Severity::Warning) == "warning");
    CHECK(severity_name(Severity::Error) == "error");
    CHECK(direction_name(Direction::Up) == "up");
    CHECK(direction_name(Direction::Down) == "down");
}

TEST_CASE("every code of a finding is documented, and nothing else is") {
    std::set<std::string> in_code;
    const std::regex code(
        R"rx((?:\{\s*"([a-z]+(?:-[a-z]+)*)",\s*(?:Severity::|change\.)|(?:ignored\(entry, |add\(|wrong\()"([a-z-]+)"))rx");
    for (const auto* file :
         {"core/src/formats/pair_findings.cpp", "core/src/formats/ignored.cpp",
          "core/src/engine/ledger_reading.cpp", "core/src/engine/plan_errors.cpp",
          "core/src/engine/bodies.cpp", "core/src/engine/verify.cpp", "core/src/engine/status.cpp",
          "core/src/engine/resume.cpp", "core/src/engine/validate.cpp", "cli/branch_check.cpp"}) {
        const auto text = content_of(std::string(GODWIT_SOURCE_DIR "/") + file);
        for (std::sregex_iterator it(text.begin(), text.end(), code), end; it != end; ++it) {
            in_code.insert((*it)[1].matched ? (*it)[1].str() : (*it)[2].str());
        }
    }
    std::set<std::string> documented;
    const auto page = content_of(GODWIT_SOURCE_DIR "/docs/findings.md");
    const std::regex row(R"(\n\| `([a-z-]+)` \|)");
    for (std::sregex_iterator it(page.begin(), page.end(), row), end; it != end; ++it)
        documented.insert((*it)[1].str());
    CHECK(in_code.size() > 15);
    CHECK(in_code == documented);
}
