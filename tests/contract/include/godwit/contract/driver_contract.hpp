#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "godwit/contract/report.hpp"
#include "godwit/driver.hpp"

namespace godwit::contract {

/// In what a driver differs from a SQL database whose scripts are atomic.
struct DriverQuirks {
    /// A driver that is not connected yet. Every call is for the same database, which is the suite's alone
    /// and empty when it begins; it is emptied by drop_everything() again and again.
    std::function<std::unique_ptr<Driver>()> open;

    /// A statement that creates something called `name`, and fails where that is there already.
    std::function<std::string(std::string_view name)> create = [](std::string_view name) {
        return "CREATE TABLE " + std::string(name) + " (id INTEGER NOT NULL PRIMARY KEY)";
    };
    /// The statement that removes it.
    std::function<std::string(std::string_view name)> remove = [](std::string_view name) {
        return "DROP TABLE " + std::string(name);
    };
    /// A statement that always fails, on one line.
    std::string failing = "INSERT INTO contract_no_such_table VALUES (1)";
    /// A statement that runs for a minute or more when nobody cancels it; "" = none, and cancel() is not
    /// checked.
    std::string endless;
    /// Begins a comment to the end of the line.
    std::string comment = "-- ";

    bool sql = true;     ///< runs SQL with CHECK constraints: strings, quotes and comments are checked, too
    bool atomic = true;  ///< nothing of a failed script is kept; else progress is kept by statement
    bool concurrent = true;  ///< several drivers of one process may be used by several threads at once
};

/// Runs the contract of driver.hpp against a driver. Never throws for what the driver does.
[[nodiscard]] Report run_driver_contract(const DriverQuirks& quirks);

}  // namespace godwit::contract
