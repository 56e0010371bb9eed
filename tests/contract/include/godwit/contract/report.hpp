#pragma once

#include <string>
#include <vector>

namespace godwit::contract {

/// A promise of the interface that was not kept.
struct Failure {
    std::string check;    ///< "lock excludes a second session"
    std::string message;  ///< what was expected and what came
};

/// What a contract suite found. It belongs to no test framework: a test is
///   `const auto report = run_source_contract(make); REQUIRE(report.ok())` with report.text() as the message.
struct Report {
    std::vector<std::string> passed;
    std::vector<Failure> failed;
    std::vector<std::string> skipped;  ///< "check: why"

    /// Something was checked and nothing failed.
    [[nodiscard]] bool ok() const { return failed.empty() && !passed.empty(); }
    /// One line per failure and per skipped check, then "N passed, N failed, N skipped".
    [[nodiscard]] std::string text() const;
};

}  // namespace godwit::contract
