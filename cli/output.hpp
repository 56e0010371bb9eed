#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace godwit::cli {

enum class JsonMode : std::uint8_t { Off, Document, Lines };

/// Escape sequences where the stream takes them, nothing where it does not.
class Paint {
  public:
    explicit Paint(bool on = false) : on_(on) {}
    [[nodiscard]] bool on() const noexcept { return on_; }
    [[nodiscard]] std::string green(std::string_view text) const { return with("32", text); }
    [[nodiscard]] std::string red(std::string_view text) const { return with("31", text); }
    [[nodiscard]] std::string yellow(std::string_view text) const { return with("33", text); }
    [[nodiscard]] std::string bold(std::string_view text) const { return with("1", text); }
    [[nodiscard]] std::string dim(std::string_view text) const { return with("2", text); }

  private:
    [[nodiscard]] std::string with(std::string_view code, std::string_view text) const;
    bool on_;
};

/// The two streams. Results go to stdout, everything else to stderr; each line is written whole, and what was
/// written to one stream is out before the other is written to. Thread-safe.
/// Control characters in what is written for a person are shown as U+FFFD, since names and texts come from
/// files and servers; line breaks and tabs stay, and with --color the sequences of Paint.
class Output {
  public:
    struct Wish {
        JsonMode json = JsonMode::Off;
        bool quiet = false;
        std::size_t verbosity = 0;
        std::string color = "auto";
        bool progress = true;
        bool aside = false;  ///< stdout is a report's: lines of the result go to stderr
    };
    explicit Output(const Wish& wish);

    [[nodiscard]] bool json() const noexcept { return wish_.json != JsonMode::Off; }
    [[nodiscard]] bool json_lines() const noexcept { return wish_.json == JsonMode::Lines; }
    [[nodiscard]] bool quiet() const noexcept { return wish_.quiet; }
    [[nodiscard]] std::size_t verbosity() const noexcept { return wish_.verbosity; }
    /// Whether a line on stderr may change while a migration runs.
    [[nodiscard]] bool progress() const noexcept { return progress_; }
    /// Characters that fit into a line of the terminal on stderr, now.
    [[nodiscard]] static std::size_t width();
    [[nodiscard]] const Paint& out() const noexcept { return out_; }
    [[nodiscard]] const Paint& err() const noexcept { return err_; }

    /// A line of the result, on stdout. Not for machine output.
    void result(std::string_view line);
    /// The same, out at once: for whoever follows a run through a pipe.
    void result_now(std::string_view line);
    /// A line beside the result, on stderr; not with --quiet.
    void say(std::string_view line);
    /// The same, also with --quiet: errors and what a person must know.
    void complain(std::string_view line);
    /// A question on stderr; the answer is typed behind it.
    void ask(std::string_view question);
    /// Text for stdout as it is: machine output.
    void raw(std::string_view text);
    /// The line that changes; the next line of any kind replaces it.
    void transient(std::string_view line);
    /// False where something could not be written to stdout (a full disk); a reader that went away is no
    /// error.
    [[nodiscard]] bool flush();

  private:
    void clear_transient();
    void write_err(std::string_view line);

    Wish wish_;
    Paint out_;
    Paint err_;
    bool progress_ = false;
    bool transient_shown_ = false;
    bool failed_ = false;
    std::mutex mutex_;
};

}  // namespace godwit::cli
