#include "service_log.hpp"

#include <chrono>
#include <ctime>
#include <iomanip>
#include <variant>

namespace {

std::string milliseconds(std::chrono::microseconds took) {
    return std::to_string(took.count() / 1000) + " ms";
}

std::string text_of(const godwit::MigrationStarted& started) {
    return "migration " + started.version + " " + started.name + " begins";
}
std::string text_of(const godwit::StatementDone& done) {
    return "migration " + done.version + ": statement " + std::to_string(done.statement) + " of " +
           std::to_string(done.statements) + ", " + milliseconds(done.took);
}
std::string text_of(const godwit::MigrationDone& done) {
    return "migration " + done.version + " " + done.name + " done, " + milliseconds(done.took);
}
std::string text_of(const godwit::MigrationFailed& failed) {
    return "migration " + failed.version + " " + failed.name + " failed: " + failed.error.message;
}
std::string text_of(const godwit::LockWaited& waited) {
    return "another copy of the service is migrating (" + waited.holder + ")";
}
std::string text_of(const godwit::FindingReported& reported) {
    return reported.finding.message;
}
/// The other events are of no interest in this log.
template <class Other>
std::string text_of(const Other&) {
    return {};
}

}  // namespace

void ServiceLog::line(const std::string& text) {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    out_ << std::put_time(&parts, "%Y-%m-%dT%H:%M:%SZ ") << text << std::endl;
}

void ServiceLog::on(const godwit::Event& event) {
    const std::string text = std::visit([](const auto& what) { return text_of(what); }, event);
    if (!text.empty()) line("schema: " + text);
}
