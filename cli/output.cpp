#include "output.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
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

/// The length of a sequence that sets a colour, at the start of the text; else 0.
std::size_t color_length(std::string_view text) {
    if (!text.starts_with("\x1b[")) return 0;
    const std::size_t end = text.find_first_not_of("0123456789;", 2);
    return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

/// The length of a control character at the start of the text, of ASCII or the second set (C2 80 to C2 9F).
std::size_t control_length(std::string_view text) {
    const auto byte = static_cast<unsigned char>(text.front());
    if (byte == '\n' || byte == '\t') return 0;
    if (byte < ' ' || byte == 0x7F) return 1;
    const bool second_set =
        byte == 0xC2 && text.size() > 1 && (static_cast<unsigned char>(text[1]) & 0xE0) == 0x80;
    return second_set ? 2 : 0;
}

std::string harmless(std::string_view text, bool colors) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t color = colors ? color_length(text) : 0;
        const std::size_t control = color > 0 ? 0 : control_length(text);
        const std::size_t length = std::max<std::size_t>({color, control, 1});
        if (control > 0)
            out += "\uFFFD";
        else
            out += text.substr(0, length);
        text.remove_prefix(length);
    }
    return out;
}

}  // namespace

std::string Paint::with(std::string_view code, std::string_view text) const {
    return on_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

Output::Output(const Wish& wish)
    : wish_(wish),
      out_(!json() && colored(wish.color, wish.aside ? STDERR_FILENO : STDOUT_FILENO)),
      err_(colored(wish.color, STDERR_FILENO)) {
    const bool terminal = isatty(STDERR_FILENO) == 1 && environment_variable("TERM").value_or("") != "dumb";
    progress_ = wish.progress && !wish.quiet && !json() && terminal;
}

std::size_t Output::width() {
    winsize size{};
    const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return known ? size.ws_col - std::size_t{1} : 79;  // a full line would wrap, and could not be taken back
}

void Output::result(std::string_view line) {
    if (json()) return;
    if (wish_.aside) return complain(line);
    const std::lock_guard lock(mutex_);
    clear_transient();
    if (!write(stdout, harmless(line, out_.on())) || !write(stdout, "\n")) failed_ = true;
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
    write_err(harmless(line, err_.on()));
    write_err("\n");
}

void Output::ask(std::string_view question) {
    const std::lock_guard lock(mutex_);
    clear_transient();
    write_err(harmless(question, err_.on()));
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
    write_err(harmless(line, err_.on()));
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
