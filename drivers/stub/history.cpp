#include "stub/history.hpp"

#include <chrono>

namespace godwit::stub {

HistoryRow row_of(const Step& step, const RunIdentity& run) {
    HistoryRow row;
    row.version = step.version.canonical();
    row.name = step.name;
    row.direction = step.direction;
    row.checksum = step.script.file().empty() ? "" : step.script.sha256();
    row.token_checksum = step.script.file().empty() ? "" : step.script.token_sha256();
    row.statements_done = step.resume_at;
    row.error = step.remark;
    row.statements_total = step.script.statements().size();
    row.started_at = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    row.os_user = run.os_user;
    row.host = run.host;
    row.tool_version = run.tool_version;
    row.run_id = run.run_id;
    row.has_down_script = step.has_down_script && step.direction == Direction::Up;
    if (row.has_down_script) row.down_script = step.down_script;
    if (step.direction == Direction::Up && !row.checksum.empty())
        row.up_script = kept_up_script(step.script.text());
    return row;
}

std::string text_of(const std::optional<Version>& version) {
    return version ? version->canonical() : std::string{};
}

}  // namespace godwit::stub
