#include "mysql/admin.hpp"

#include <fmt/format.h>

#include "mysql/session.hpp"

namespace godwit::mysql {

bool Admin::run(const std::string& sql, std::string_view already) {
    if (target_.database.empty())
        fail(Errc::Usage, "no database name", "end the URL with it: mysql://HOST/DATABASE");
    Target server = target_;
    server.database.clear();
    Connection connection(std::move(server), {}, Milliseconds(0));
    connection.open();
    try {
        connection.query(sql + sql::backtick_quoted(target_.database));
        return true;
    } catch (Error& error) {
        ErrorInfo& info = error.edit();
        if (info.native_code == already) return false;
        info.state = "nothing was changed";
        if (is_denied(info.native_code) && info.hint.empty())
            info.hint = fmt::format("{} needs CREATE and DROP on it", connection.facts().user);
        info.message = fmt::format("{}`{}`: {}", sql, target_.database, info.message);
        throw;
    }
}

bool Admin::create() {
    return run("CREATE DATABASE ", "1007");
}

bool Admin::drop() {
    return run("DROP DATABASE ", "1008");
}

}  // namespace godwit::mysql
