// A service that brings its database up to date before it does anything else. Its schema is part of the
// program.
//
//   birds_service DATABASE-URL LOG-FILE
//
// Exit codes: 0 it started, 1 it refused to start, 2 it was called in a wrong way.
#include <godwit/error.hpp>

#include <atomic>
#include <csignal>
#include <iostream>

#include "schema.hpp"
#include "service_log.hpp"

namespace {

// SIGTERM while migrating: the migration that runs is finished, the next one is not begun.
std::atomic<bool> asked_to_stop = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int /*signal*/) {
    asked_to_stop = true;
}

int start(const std::string& url, ServiceLog& log) {
    try {
        const SchemaAnswer schema = bring_up_to_date(url, log, [] { return asked_to_stop.load(); });
        log.line((schema.ready ? "ready, schema at version " : "cannot start: ") + schema.text);
        return schema.ready ? 0 : 1;
    } catch (const godwit::Error& error) {
        log.line("cannot start: " + std::string(error.what()));
        if (!error.info().hint.empty()) log.line("hint: " + error.info().hint);
        return 1;
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        std::cerr << "usage: birds_service DATABASE-URL LOG-FILE\n";
        return 2;
    }
    std::signal(SIGTERM, on_signal);
    std::signal(SIGINT, on_signal);
    ServiceLog log(arguments[2]);
    return start(arguments[1], log);  // a real service would serve behind this line
}
