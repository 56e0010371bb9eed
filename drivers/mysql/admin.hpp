#pragma once

#include <string>

#include "godwit/driver.hpp"
#include "mysql/url.hpp"

namespace godwit::mysql {

/// CREATE DATABASE and DROP DATABASE, on a session of its own without a database.
class Admin : public DatabaseAdmin {
  public:
    explicit Admin(Target target) : target_(std::move(target)) {}
    bool create() override;
    bool drop() override;

  private:
    /// False where the server answers with the error number `already`.
    bool run(const std::string& sql, std::string_view already);

    Target target_;
};

}  // namespace godwit::mysql
