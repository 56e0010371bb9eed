#pragma once

#include <map>
#include <string>

#include "mysql/session.hpp"
#include "mysql/session_names.hpp"

namespace godwit::mysql {

/// Brings a session back to what it was: variables, database, role, user variables, temporary tables,
/// prepared statements. COM_RESET_CONNECTION would do all this, and give the migration lock back as well.
class Settings {
  public:
    explicit Settings(Connection& connection) : connection_(connection) {}

    /// Before a script that sets something; asks the server the first time only.
    void keep();
    /// Behind it. Throws where the connection is gone.
    void restore(const SessionNames& names);

  private:
    using Variables = std::map<std::string, std::string>;
    Variables read();
    void drop_names(const SessionNames& names);
    void restore_variables();
    void set(const std::string& name, const std::string& value);
    bool try_statement(const std::string& sql);

    Connection& connection_;
    Variables kept_;
    std::string role_;
};

}  // namespace godwit::mysql
