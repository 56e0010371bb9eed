#pragma once

#include "godwit/driver.hpp"
#include "postgresql/url.hpp"

namespace godwit::postgresql {

/// Creates and drops the URL's database through the maintenance databases "postgres" and "template1".
class Admin : public DatabaseAdmin {
  public:
    Admin(Target target, std::function<std::optional<std::string>(std::string_view)> env)
        : target_(std::move(target)), env_(std::move(env)) {}
    bool create() override;
    bool drop() override;

  private:
    [[nodiscard]] std::string database() const;
    bool run(const std::string& sql, std::string_view already);

    Target target_;
    std::function<std::optional<std::string>(std::string_view)> env_;
};

}  // namespace godwit::postgresql
