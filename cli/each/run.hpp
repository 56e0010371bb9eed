#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "each/report.hpp"
#include "each/targets.hpp"
#include "godwit/driver.hpp"
#include "godwit/migrator.hpp"
#include "godwit/shared_files.hpp"
#include "render/each.hpp"
#include "session.hpp"

namespace godwit::cli {

/// What a run over many targets is made of. `options` is what each migrator begins with, but for its
/// reporter.
struct EachWish {
    Goal goal;
    std::size_t jobs = 1;
    bool fail_fast = false;
    bool dry_run = false;
    Milliseconds connect_retry{0};
    MigratorOptions options;
};

/// One goal in many targets, on `jobs` threads with one connection each. Signals stop all of them.
class EachRun {
  public:
    using OpenDriver = std::function<std::unique_ptr<Driver>(const Target& target)>;

    /// `open` is called from several threads at once.
    EachRun(EachWish wish, const std::vector<Target>& targets, OpenDriver open, SharedFiles& files,
            Signals& signals, EachReporter& reporter);

    /// One report a target, in their order. Throws nothing: what goes wrong is in the reports.
    std::vector<TargetReport> run();

  private:
    void work();
    /// The next target's index; past the end where no other is to be begun.
    std::size_t next();
    TargetReport run_target(const Target& target);
    void run_on(Driver& driver, TargetReport& report, Reporter& reporter);
    void judge(TargetReport& report) const;

    EachWish wish_;
    const std::vector<Target>& targets_;
    OpenDriver open_;
    SharedFiles& files_;
    Signals& signals_;
    EachReporter& reporter_;
    std::atomic<std::size_t> next_ = 0;
    std::atomic<bool> failed_ = false;
    std::vector<TargetReport> reports_;  ///< each element is its worker's
};

}  // namespace godwit::cli
