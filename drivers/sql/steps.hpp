#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "godwit/driver.hpp"
#include "godwit/script.hpp"

/// What the SQL drivers say and write down of a step, each in one way: places of errors, rows of the history,
/// the words for a state and for the command that goes on.
namespace godwit::sql {

/// "20240101, clean" or "no version, dirty".
std::string shown(const std::optional<Version>& version, bool dirty);
/// The command that runs this step again: "godwit up" or "godwit down".
std::string command_of(const Step& step);

/// Applied or RolledBack.
HistoryState finished_state(const Step& step);
/// A row for a step that has begun: Started, with version_after and the hashes of its statements. `script` is
/// the step's as it is run.
HistoryRow started_row(const Step& step, const RunIdentity& run, const Script& script);
/// The same for one that is done; a skipped step ran none of its statements.
HistoryRow finished_row(const Step& step, const RunIdentity& run, std::size_t total, bool skipped);
/// The same for one that failed behind `done` statements with this error.
HistoryRow failed_row(const Step& step, const RunIdentity& run, const Script& script, std::size_t done,
                      const std::string& error);
/// What a row's `error` says of a failure: its message, and how the step was resumed.
std::string error_text(const Step& step, const std::string& message);
/// A row given to record(), with what is empty in it taken from the run, and now() for its time.
HistoryRow completed_row(HistoryRow row, const RunIdentity& run);

/// Fills file, version, statement, line, column and excerpt. `statement` is an index, `position` a byte of
/// the script; without a position the place is the statement's begin, without both the file alone.
void place(ErrorInfo& info, const Step& step, const Script& script, std::optional<std::size_t> statement,
           std::optional<std::size_t> position);

/// The largest `retry` among the script's directives and those of its statements.
unsigned retries(const Script& script);
/// Errc::Statement: expect-rows asks for another number.
Error wrong_row_count(std::uint64_t expected, std::uint64_t found);
/// Whether the text of a number is one other than zero, as skip-if takes it for true.
bool is_nonzero(const std::string& text);

}  // namespace godwit::sql
