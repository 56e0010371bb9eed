#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "godwit/driver.hpp"
#include "godwit/url.hpp"
#include "sql/table_name.hpp"

namespace godwit::sqlite {

/// `PRAGMA name = value`, both already checked.
struct Pragma {
    std::string name;
    std::string value;
};

enum class Access : std::uint8_t {
    ReadOnly,  ///< mode=ro: the file must be there
    Existing,  ///< mode=rw: the file must be there
    Create,    ///< the file is made when something is first written
};

/// What a URL and the options ask for. A value; no secrets in it.
struct Target {
    std::filesystem::path file;  ///< absolute; empty in memory
    std::string memory;          ///< ":memory:" or the name of a shared one; empty for a file
    bool shared_memory = false;  ///< file:NAME?mode=memory&cache=shared
    std::string shown;           ///< the database as the URL names it
    Access access = Access::Create;
    std::vector<std::pair<std::string, std::string>> uri;  ///< SQLite's own parameters: cache, vfs, …
    std::vector<Pragma> session;                           ///< set on every connection
    std::vector<Pragma> stored;  ///< written into the file: set before the first thing we write
    std::optional<Milliseconds> busy_timeout;
    bool exclusive = false;   ///< _txlock=exclusive
    bool no_tx_wrap = false;  ///< x-no-tx-wrap
    sql::TableName table;
    std::vector<std::string> extensions;  ///< of the options, then x-load-extension

    [[nodiscard]] bool in_memory() const noexcept { return !memory.empty(); }
};

/// Reads URL and options. Throws Errc::Usage naming the part that cannot be honoured.
Target read_target(const Url& url, const DriverOptions& options);

/// The text for SOCI: no blanks and no quotes in it, so that its parser leaves it alone. With `create` the
/// file is made where it is missing.
std::string connection_string(const Target& target, bool create);

}  // namespace godwit::sqlite
