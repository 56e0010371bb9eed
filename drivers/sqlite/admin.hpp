#pragma once

#include <string>

#include "godwit/driver.hpp"
#include "sqlite/session.hpp"

namespace godwit::sqlite {

/// Makes and removes the file itself.
class Admin final : public DatabaseAdmin {
  public:
    Admin(Connection& connection, std::string application)
        : connection_(connection), application_(std::move(application)) {}

    /// An empty file, which is an empty database.
    bool create() override;
    /// The file and what SQLite keeps beside it. Throws Errc::Locked where a migration runs or another
    /// connection writes, Errc::Usage where the file is no SQLite database.
    bool drop() override;

  private:
    void require_unused();

    Connection& connection_;
    std::string application_;
};

}  // namespace godwit::sqlite
