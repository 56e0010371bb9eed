#pragma once

#include <optional>
#include <string>
#include <vector>

#include "postgresql/ledger.hpp"

namespace godwit::postgresql {

/// What every step of a batch says beside its script, as two prepared statements: one notes when it begins,
/// one writes the version and the history's row and gives duration_ms back. Planning an INSERT of 23 columns
/// takes the server longer than running it.
///
/// One for each connection; not for one whose sessions change under it (Facts::direct). A name is used once:
/// what a script's DEALLOCATE ALL took away is prepared under the next one.
class Landing {
  public:
    explicit Landing(const Ledger& ledger) : ledger_(&ledger) {}

    /// The statements that prepare both, for rows that say of the run what `like` says. They must not stand
    /// in a long text: the server copies all of it each time one of them is executed.
    std::vector<std::string> prepare(const HistoryRow& like, bool relaxed);
    /// The server has carried them out.
    void prepared() noexcept { prepared_ = true; }
    [[nodiscard]] bool is_prepared() const noexcept { return prepared_; }
    /// Whether prepare() may be of use.
    [[nodiscard]] bool may_prepare() const noexcept { return !prepared_ && !useless_; }

    /// Notes the time, as start_clock() with prepare()'s `relaxed` does.
    [[nodiscard]] std::string begin() const;
    /// nullopt for a row that says something else of the run than the one it was prepared for.
    [[nodiscard]] std::optional<std::string> record(const HistoryRow& row, const Version& version) const;

    /// After what may have taken the statements away.
    void forget() noexcept { prepared_ = false; }
    /// They cannot be had here.
    void give_up() noexcept {
        prepared_ = false;
        useless_ = true;
    }

  private:
    const Ledger* ledger_;
    std::optional<sql::HistoryValues> like_;
    unsigned number_ = 0;
    bool prepared_ = false;
    bool useless_ = false;
};

}  // namespace godwit::postgresql
