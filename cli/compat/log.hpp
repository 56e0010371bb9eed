#pragma once

#include <string>
#include <string_view>

namespace godwit::compat {

/// golang-migrate's log: everything goes to stderr; with -verbose each call begins with Go's time stamp.
class Log {
  public:
    explicit Log(bool verbose) : verbose_(verbose) {}

    [[nodiscard]] bool verbose() const noexcept { return verbose_; }
    void line(std::string_view text) const;
    /// A line only with -verbose.
    void verbose_line(std::string_view text) const {
        if (verbose_) line(text);
    }
    /// "error: TEXT" without a line end, as golang-migrate's core logs errors (only -verbose ends the line).
    void core_error(std::string_view text) const;

  private:
    bool verbose_;
};

}  // namespace godwit::compat
