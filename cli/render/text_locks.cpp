#include <fmt/format.h>

#include <algorithm>

#include "render/format.hpp"
#include "render/text.hpp"

namespace godwit::cli::text {

namespace {

std::string one_line(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    return text;
}

std::string who(const LockSession& session) {
    std::string line = session.id.empty() ? "no session" : session.id;
    const auto add = [&line](std::string_view word, const std::string& value) {
        if (!value.empty()) line += fmt::format(", {} {}", word, value);
    };
    add("user", session.user);
    add("host", session.host);
    add("application", session.application);
    if (session.since) line += ", since " + readable_time(*session.since);
    if (!session.state.empty()) line += ", " + session.state;
    return line;
}

void show(Output& output, const LockSession& session) {
    std::string line = fmt::format("{:<8} {}", lock_role_name(session.role), who(session));
    if (!session.blocks.empty()) {
        line += fmt::format("; {} {}", session.certain ? "blocks" : "may block", session.blocks);
        if (!session.object.empty()) line += " (" + session.object + ")";
    }
    output.result(line);
    if (!session.statement.empty()) output.result("           " + one_line(session.statement));
}

}  // namespace

void locks(Output& output, const LockReport& report) {
    const auto holds = [](const LockSession& session) { return session.role == LockRole::Holder; };
    const bool held = std::ranges::any_of(report.sessions, holds);
    output.result(fmt::format("{}: {}", report.lock, held ? "held" : "free"));
    for (const auto& session : report.sessions)
        show(output, session);
}

}  // namespace godwit::cli::text
