#include "output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "environment.hpp"

namespace godwit::cli {

namespace {

bool is_set(const char* name) {
    const auto value = environment_variable(name);
    return value && !value->empty();
}

/// --color, then NO_COLOR, then CLICOLOR_FORCE, then whether it is a terminal that can.
bool colored(const std::string& wish, int stream) {
    if (wish == "always") return true;
    if (wish == "never" || is_set("NO_COLOR")) return false;
    if (is_set("CLICOLOR_FORCE") && environment_variable("CLICOLOR_FORCE") != "0") return true;
    return isatty(stream) == 1 && environment_variable("TERM").value_or("") != "dumb";
}

/// False where it could not be written; EPIPE counts as written: nobody wants to read it.
bool write(std::FILE* stream, std::string_view text) {
    return std::fwrite(text.data(), 1, text.size(), stream) == text.size() || errno == EPIPE;
}

}  // namespace

std::string Paint::with(std::string_view code, std::string_view text) const {
    return on_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

Output::Output(const Wish& wish)
    : wish_(wish),
      out_(!json() && colored(wish.color, STDOUT_FILENO)),
      err_(colored(wish.color, STDERR_FILENO)) {
    const bool terminal = isatty(STDERR_FILENO) == 1 && environment_variable("TERM").value_or("") != "dumb";
    progress_ = wish.progress && !wish.quiet && !json() && terminal;
}

void Output::result(std::string_view line) {
    if (json()) return;
    const std::lock_guard lock(mutex_);
    clear_transient();
    if (!write(stdout, line) || !write(stdout, "\n")) failed_ = true;
}

void Output::result_now(std::string_view line) {
    result(line);
    const std::lock_guard lock(mutex_);
    if (std::fflush(stdout) != 0 && errno != EPIPE) failed_ = true;
}

void Output::say(std::string_view line) {
    if (wish_.quiet) return;
    complain(line);
}

void Output::complain(std::string_view line) {
    const std::lock_guard lock(mutex_);
    clear_transient();
    write_err(line);
    write_err("\n");
}

void Output::ask(std::string_view question) {
    const std::lock_guard lock(mutex_);
    clear_transient();
    write_err(question);
    write_err(" ");
}

void Output::raw(std::string_view text) {
    const std::lock_guard lock(mutex_);
    clear_transient();
    if (!write(stdout, text)) failed_ = true;
    // Events are for readers that follow along.
    if (json_lines() && std::fflush(stdout) != 0 && errno != EPIPE) failed_ = true;
}

void Output::transient(std::string_view line) {
    if (!progress_) return;
    const std::lock_guard lock(mutex_);
    clear_transient();
    write_err(line);
    transient_shown_ = true;
}

bool Output::flush() {
    const std::lock_guard lock(mutex_);
    clear_transient();
    if (std::fflush(stdout) != 0 && errno != EPIPE) failed_ = true;
    return !failed_;
}

void Output::clear_transient() {
    if (!transient_shown_) return;
    transient_shown_ = false;
    write_err("\r\x1b[K");
}

void Output::write_err(std::string_view line) {
    if (std::fflush(stdout) != 0 && errno != EPIPE) failed_ = true;
    write(stderr, line);
}

}  // namespace godwit::cli
