#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "postgresql/concurrent_index.hpp"

namespace godwit::postgresql {

/// ALTER TABLE parent DETACH PARTITION child CONCURRENTLY: two transactions of the server's own.
struct ConcurrentDetach {
    std::string parent;  ///< both as the statement has them
    std::string child;
};
std::optional<ConcurrentDetach> concurrent_detach(std::string_view sql);

/// A statement that refuses transactions: what an earlier try at it has left, and what its failure leaves.
/// Everything is asked of the catalog. No transaction may be open.
class Apart {
  public:
    /// `age`: see indexes_of(). `in_question`: it was running when an earlier run was cut off.
    Apart(Connection& connection, std::string_view sql, const std::string& age, bool in_question);

    /// Clears away what an earlier try has left, or brings that to its end. True where the statement is done
    /// thereby and must not run again.
    bool prepare();
    /// Whether the server's refusal says that an earlier try had succeeded.
    [[nodiscard]] bool had_run(std::string_view sqlstate) const;
    /// After a failure of the statement: drops what it left behind. What could not be dropped, "" for
    /// nothing.
    std::string tidy_up();
    /// What is still there where clearing away failed with `why`; "" for nothing.
    [[nodiscard]] std::string left_over(const Error& why) const;

  private:
    bool prepare_index(const ConcurrentIndex& index);
    bool prepare_detach(const ConcurrentDetach& detach);

    Connection& connection_;
    std::string_view sql_;
    std::string leftovers_;  ///< which indexes may be left behind; "" for none
    std::variant<std::monostate, ConcurrentIndex, ConcurrentDetach> what_;
    bool in_question_;
};

}  // namespace godwit::postgresql
