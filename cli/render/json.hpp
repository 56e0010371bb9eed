#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "each/report.hpp"
#include "godwit/event.hpp"
#include "godwit/migrator.hpp"
#include "godwit/plugin_registry.hpp"
#include "output.hpp"
#include "render/heartbeat.hpp"
#include "settings.hpp"

/// Machine output (docs/schema): each function writes the one document of a command, with --json=lines as the
/// last line, marked "event": "result" or "error".
namespace godwit::cli::json {

using Value = std::variant<std::nullptr_t, bool, std::int64_t, std::string, std::vector<std::string>>;
using Field = std::pair<std::string_view, Value>;

/// A flat document.
void fields(Output& output, const std::vector<Field>& fields);
void error(Output& output, const ErrorInfo& info);
void status(Output& output, const std::string& database, const Status& status);
void run(Output& output, const std::string& database, const Result& result, std::chrono::microseconds took);
/// --json=lines: what became of one of several targets.
void target_done(Output& output, const TargetReport& target);
void each(Output& output, const EachReport& report);
void plan(Output& output, const std::string& database, const Plan& plan, const std::vector<Script>& scripts,
          bool sql);
void validation(Output& output, const std::string& database, const Validation& validation);
/// What repair or baseline changes, or would change where `done` is false.
void ledger_work(Output& output, const std::string& database, const LedgerWork& work, bool done);
/// `base`: the commit from which both sides are judged; "" where there is none.
void check(Output& output, const std::string& against, const std::string& base, const Validation& validation);
/// Old and new names.
void renamed(Output& output, const std::vector<std::pair<std::string, std::string>>& files, bool done);
void history(Output& output, const std::string& database, const std::vector<HistoryRow>& rows);
void locks(Output& output, const std::string& database, const LockReport& report);
void plugins(Output& output, const std::vector<PluginReport>& plugins);
void settings(Output& output, const std::string& file, const std::string& environment, bool is_protected,
              const std::vector<Setting>& settings);
void help(Output& output);

/// A line of --json=lines while a migration takes its time.
void beat(Output& output, const Beat& beat);

Value version(const std::optional<Version>& version);

/// --json=lines: an event a line while it happens.
class LineReporter : public Reporter {
  public:
    /// `target`: one of several databases, named in each line; "" where there is only one.
    explicit LineReporter(Output& output, std::string target = {})
        : output_(output), target_(std::move(target)) {}
    void on(const Event& event) override;

  private:
    Output& output_;
    std::string target_;
};

}  // namespace godwit::cli::json
