#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "godwit/driver.hpp"

/// Random chains of migrations, run in batches and one by one: both must leave and tell the same.
namespace godwit::test {

enum class Flavour : std::uint8_t { PostgreSql, MySql, Sqlite };

/// An empty database (or schema) for one run of a chain.
class Place {
  public:
    Place() = default;
    virtual ~Place() = default;
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    /// A connected driver; `batch` as in DriverOptions.
    virtual std::unique_ptr<Driver> open(bool batch) = 0;
    /// Shape and rows of everything in it, ledger included, without what differs from run to run: ids, times,
    /// the run's own id. Two places with the same content give the same text.
    virtual std::string content() = 0;
    /// What messages call it; left out of what is compared.
    [[nodiscard]] virtual std::string name() const = 0;
};

/// The lines of a text.
std::vector<std::string> lines_of(const std::string& text);
/// The same lines in order, one to a line.
std::string sorted_lines(const std::string& text);
/// Columns of the history that do not differ from run to run.
inline constexpr const char* kHistoryContent =
    "version, name, direction, kind, state, checksum, token_checksum, statements_done, statements_total, "
    "db_user, os_user, host, tool_version, error, down_script, up_script, version_after, statement_hashes, "
    "fingerprint, layout";

using MakePlace = std::function<std::unique_ptr<Place>()>;

/// Fails the running test where a chain differs, with its seed. The seed of the first is printed, or taken
/// from GODWIT_TEST_SEED; each chain has the next one.
/// GODWIT_TEST_CHAINS takes the place of `chains`.
void require_same_in_batches(Flavour flavour, std::size_t chains, const MakePlace& make_place);

}  // namespace godwit::test
