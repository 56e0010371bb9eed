#pragma once

#include <string>
#include <string_view>

namespace godwit::postgresql {

/// Words, quoted names and single characters of a statement; comments and blanks left out. The text must
/// outlive it.
class Tokens {
  public:
    explicit Tokens(std::string_view sql) : rest_(sql) {}

    /// As written; "" at the end.
    std::string_view next();
    /// In lower case.
    std::string next_word();
    /// A name that may be qualified, as written. `token` is its first part, and afterwards what follows it.
    std::string name(std::string_view& token);

  private:
    [[nodiscard]] std::size_t quoted() const;
    [[nodiscard]] std::size_t comment() const;
    void skip();

    std::string_view rest_;
};

/// A single name as the catalog has it.
std::string catalog_name(std::string_view token);

}  // namespace godwit::postgresql
