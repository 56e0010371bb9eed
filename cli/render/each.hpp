#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "each/report.hpp"
#include "godwit/event.hpp"
#include "output.hpp"
#include "render/text.hpp"

namespace godwit::cli {

/// Shows a run over many targets while it happens: a line for each, with what it takes to understand a
/// failure below it; with --json=lines its events. Thread-safe; what belongs together stays together.
class EachReporter {
  public:
    EachReporter(Output& output, text::ShowFile show, const std::vector<std::string>& names);

    /// For the events of one target, on the thread that works on it.
    std::unique_ptr<Reporter> begin(const std::string& name);
    /// It is waited for until it answers.
    void waiting(const std::string& name, const ErrorInfo& why);
    void done(const TargetReport& report);

  private:
    class Events;

    void tell(const std::string& name, const Event& event);
    void finding(const std::string& name, const Finding& finding);
    void line(const TargetReport& report);
    void show_progress();

    Output& output_;
    text::ShowFile show_;
    std::size_t all_;
    std::size_t width_ = 0;  ///< of the names
    std::mutex mutex_;       ///< guards all below, and keeps lines together
    std::size_t done_ = 0;
    std::size_t running_ = 0;
    std::size_t failed_ = 0;
    std::set<std::string> told_;  ///< findings; of one folder most targets have the same
};

namespace text {
/// The closing line.
void each(Output& output, const EachReport& report);
}  // namespace text

}  // namespace godwit::cli
