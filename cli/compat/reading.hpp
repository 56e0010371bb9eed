#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "godwit/migration.hpp"

namespace godwit::compat {

/// golang-migrate's engine as a pure function: which migrations a command reads, in which order, and what it
/// ends with (facts/golang-migrate.md 4.3). Versions are its Go ints: -1 is "nothing applied".
inline constexpr std::int64_t kNilVersion = -1;

struct Item {
    std::int64_t version = 0;
    std::int64_t target = 0;  ///< what the version table shows afterwards
    const Migration* migration = nullptr;
    /// Null: there is no file for this direction, only the version moves.
    [[nodiscard]] const Half* half() const;
    [[nodiscard]] Direction direction() const { return target < version ? Direction::Down : Direction::Up; }
    /// "1/u create_users": as golang-migrate's log names it.
    [[nodiscard]] std::string log_text() const;
};

struct Reading {
    std::vector<Item> items;
    std::string error;             ///< reported after the items ran; "" = none
    bool missing_version = false;  ///< golang-migrate's core logs this error by itself, too
};

inline constexpr const char* kNoChange = "no change";

/// The files of a source, by version.
class Files {
  public:
    explicit Files(const MigrationSet& set);

    Reading up(std::int64_t from, std::int64_t limit) const;    ///< limit -1: no limit
    Reading down(std::int64_t from, std::int64_t limit) const;  ///< limit -1: no limit
    Reading go(std::int64_t from, std::int64_t to) const;

  private:
    struct Entry {
        std::int64_t version;
        const Migration* migration;
    };
    [[nodiscard]] std::optional<std::size_t> find(std::int64_t version) const;
    [[nodiscard]] bool require(std::int64_t version, Reading& reading) const;
    [[nodiscard]] Item item_up(std::size_t index) const;
    [[nodiscard]] Item item_down(std::size_t index) const;

    std::vector<Entry> entries_;
};

}  // namespace godwit::compat
