#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace godwit::mysql {

/// Words, quoted names, and every other character but blanks, comments and strings. A reader for names only:
/// what it takes for a token in a string is harmless here. The content of conditional comments counts.
class Words {
  public:
    explicit Words(std::string_view sql) : sql_(sql) {}

    /// "" at the end.
    std::string_view next();
    [[nodiscard]] std::size_t at() const noexcept { return at_; }

  private:
    void skip();
    void quoted(char quote);

    std::string_view sql_;
    std::size_t at_ = 0;
};

/// All of them, but for the version at the begin of a conditional comment.
std::vector<std::string_view> words_of(std::string_view sql);
/// Without its quotes.
std::string unquoted(std::string_view name);
/// A plain or quoted name.
bool is_name(std::string_view word);

}  // namespace godwit::mysql
