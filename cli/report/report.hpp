#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "godwit/error.hpp"
#include "godwit/finding.hpp"
#include "godwit/migration.hpp"

namespace godwit::cli::report {

/// A step that is planned, or was done.
struct Step {
    std::string version;
    std::string name;
    Direction direction = Direction::Up;
    std::size_t statements = 0;
    std::string how;                   ///< "in one transaction"; of a step that was done how long it took
    std::vector<std::string> remarks;  ///< what a person should know of it before it runs
    bool reversible = true;
    std::string sql;  ///< of a planned one; "" where nothing is sent
};

struct File {
    std::string version;
    std::string name;
    std::string path;  ///< as people write it from the working folder
};

/// What a command found and did, for whoever looks at it afterwards. Paths are those that a person would
/// write from the working folder. Holds no secrets but what the migrations' own SQL says.
struct Report {
    bool wanted = true;    ///< false: nobody reads it, and what would cost something is left out
    std::string command;   ///< "plan"
    std::string database;  ///< redacted; "" where none was asked
    std::string folder;    ///< of the migrations: the place of what is about no file; "" where it is not here
    std::string outcome;   ///< the closing line; "" where an error ended the command
    std::vector<File> files;
    std::vector<Step> steps;
    std::vector<Finding> findings;
    std::optional<ErrorInfo> error;
};

/// One line at one place, as review tools want it.
struct Annotation {
    Severity severity = Severity::Warning;
    std::string code;
    std::string file;        ///< never "" unless nothing local is known
    std::size_t line = 0;    ///< 0: the file as a whole
    std::size_t column = 0;  ///< 0: the line as a whole
    std::string message;
    std::string hint;
    /// Stays the same while the finding does: of code, place and message, without line numbers.
    [[nodiscard]] std::string fingerprint() const;
};

/// The findings and the error, in this order.
std::vector<Annotation> annotations(const Report& report);

/// For a pull request or a job's summary: plan, SQL, risks, what cannot be undone, findings, failure.
std::string markdown(const Report& report);
/// Workflow commands of GitHub Actions.
std::string github(const Report& report);
/// GitLab's Code Quality JSON.
std::string gitlab(const Report& report);
/// JUnit XML: a test case for each migration.
std::string junit(const Report& report);
/// SARIF 2.1.0; `version` is godwit's.
std::string sarif(const Report& report, std::string_view version);

/// `text` with U+FFFD for each byte that belongs to no UTF-8 character, and for control characters other than
/// line end and tab.
std::string clean(std::string_view text);

}  // namespace godwit::cli::report
