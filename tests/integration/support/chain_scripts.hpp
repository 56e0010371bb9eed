#pragma once

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "integration/support/chains.hpp"

namespace godwit::test {

/// An up script by its statements, one of which may be meant to fail.
struct RandomScript {
    std::string head{};  ///< directives and comments before the first statement
    std::vector<std::string> statements{};
    std::optional<std::size_t> wrong{};  ///< the statement that fails
    std::string mended{};                ///< what to put in its place
    std::string down{};

    [[nodiscard]] std::string up() const;
    /// Puts the right statement in the place of the wrong one; false where none is wrong.
    bool mend();
};

/// Scripts that depend on each other's rows and settings. Migration 1 makes the tables that all others use.
class ScriptMaker {
  public:
    ScriptMaker(Flavour flavour, std::uint32_t seed) : flavour_(flavour), random_(seed) {}

    [[nodiscard]] RandomScript first() const;
    RandomScript next(int version);
    std::size_t below(std::size_t limit);
    bool chance(unsigned percent) { return below(100) < percent; }

  private:
    [[nodiscard]] std::string note(int version, const std::string& value) const;
    const std::string& one_of(const std::vector<std::string>& all) { return all[below(all.size())]; }
    std::string good(int version);
    std::string wrong(int version);
    RandomScript rows(int version);
    RandomScript tables(int version);
    RandomScript setting(int version);
    RandomScript own_transaction(int version);
    RandomScript peculiar(int version);
    void spoil(RandomScript& script, int version);

    Flavour flavour_;
    std::mt19937 random_;
};

}  // namespace godwit::test
