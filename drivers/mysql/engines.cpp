#include "mysql/engines.hpp"

namespace godwit::mysql {

std::vector<sql::Row> untransactional_tables(Connection& connection) {
    return connection.query(
        "SELECT TABLE_NAME, TABLE_SCHEMA, TABLE_SCHEMA <=> DATABASE() FROM information_schema.TABLES "
        "WHERE TABLE_TYPE = 'BASE TABLE' "
        "AND TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema') "
        "AND ENGINE IN ('MyISAM', 'Aria', 'MEMORY', 'CSV', 'ARCHIVE', 'MRG_MyISAM', 'FEDERATED')");
}

}  // namespace godwit::mysql
