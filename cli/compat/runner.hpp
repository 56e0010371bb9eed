#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "compat/bodies.hpp"
#include "compat/errors.hpp"
#include "compat/log.hpp"
#include "compat/reading.hpp"
#include "godwit/driver.hpp"
#include "godwit/source.hpp"

namespace godwit::compat {

struct RunnerOptions {
    Family family = Family::Other;
    bool multi_statement = false;  ///< x-multi-statement: errors speak of one statement, not of the file
    Milliseconds lock_timeout{15'000};
    std::size_t prefetch = 10;
    RunIdentity identity;
    std::function<bool()> stop;  ///< asked between migrations
};

/// Does what golang-migrate's Migrate object does, over a godwit source and driver. Each call returns the
/// error's text behind "error: ", or "" when all went well; kNoChange when there was nothing to do. Throws
/// godwit::Error for what has no text of golang-migrate's.
class Runner {
  public:
    Runner(Source& source, Driver& driver, const MigrationSet& migrations, const Log& log,
           RunnerOptions options);

    std::string up(std::int64_t limit);    ///< -1: all
    std::string down(std::int64_t limit);  ///< -1: all
    std::string go(std::int64_t version);
    std::string force(std::int64_t version);
    std::string drop();
    std::string version();  ///< logs it

  private:
    using Read = std::function<Reading(std::int64_t current)>;
    std::string under_lock(const std::function<std::string()>& work);
    std::string migrate(const Read& read);
    void reconcile(LedgerState state);
    std::string run_items(std::span<const Item> items);
    Step step_for(const Item& item, Body body) const;
    std::string failure_text(const Step& step, const Error& error) const;

    Source& source_;
    Driver& driver_;
    const MigrationSet& migrations_;
    Files files_;
    const Log& log_;
    RunnerOptions options_;
};

}  // namespace godwit::compat
