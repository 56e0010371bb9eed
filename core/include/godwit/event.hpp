#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "godwit/api.hpp"
#include "godwit/error.hpp"
#include "godwit/finding.hpp"
#include "godwit/migration.hpp"

namespace godwit {

struct RunStarted {
    std::size_t steps = 0;
};
struct FindingReported {
    Finding finding;
};
struct LockWaited {
    std::string holder;
    std::chrono::milliseconds waited{0};
};
struct MigrationStarted {
    std::string version;
    std::string name;
    Direction direction = Direction::Up;
    std::string file;
    std::size_t statements = 0;
};
struct StatementDone {
    std::string version;
    std::size_t statement = 0;  ///< 1-based
    std::size_t statements = 0;
    std::chrono::microseconds took{0};
    std::string sql;  ///< the statement's text
};
struct ServerNotice {
    std::string version;  ///< "" where it belongs to no migration
    Severity severity = Severity::Info;
    std::string text;
};
struct MigrationDone {
    std::string version;
    std::string name;
    Direction direction = Direction::Up;
    std::string file;  ///< "" where nothing was read
    std::size_t statements = 0;
    std::chrono::microseconds took{0};
    bool empty = false;    ///< there was no script for this direction
    bool skipped = false;  ///< left out by a directive or by --skip
    bool stored = false;   ///< ran the stored down script, not the file
};
struct MigrationFailed {
    std::string version;
    std::string name;
    Direction direction = Direction::Up;
    std::string file;
    ErrorInfo error;
};
struct RunFinished {
    std::size_t done = 0;
    std::size_t failed = 0;
    std::size_t pending = 0;
    bool interrupted = false;
    std::chrono::microseconds took{0};
};

using Event = std::variant<RunStarted, FindingReported, LockWaited, MigrationStarted, StatementDone,
                           ServerNotice, MigrationDone, MigrationFailed, RunFinished>;

/// Hears events as they happen, on the thread that runs the migrator. Must not throw.
class GODWIT_API Reporter {
  public:
    Reporter() = default;
    virtual ~Reporter();
    Reporter(const Reporter&) = delete;
    Reporter& operator=(const Reporter&) = delete;
    virtual void on(const Event& event) = 0;
};

}  // namespace godwit
