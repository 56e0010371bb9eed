// The limit on PostgreSQL: N transactions of one INSERT and two ledger statements each, 256 in one simple
// query.
//   probe_postgresql URL N
#include <libpq-fe.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

namespace {

using Connection = std::unique_ptr<PGconn, void (*)(PGconn*)>;

bool run(PGconn* connection, const std::string& sql) {
    if (PQsendQuery(connection, sql.c_str()) == 0) return false;
    bool ok = true;
    while (PGresult* result = PQgetResult(connection)) {
        const ExecStatusType status = PQresultStatus(result);
        ok = ok && (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
        PQclear(result);
    }
    return ok;
}

std::string transaction(int number) {
    const std::string n = std::to_string(number);
    return "BEGIN;SET LOCAL synchronous_commit=off;INSERT INTO probe VALUES (" + n +
           ",'x');DELETE FROM probe_version;INSERT INTO probe_version VALUES (" + n +
           ",false);INSERT INTO probe_history VALUES (" + n + ",'migration','up',now());COMMIT;";
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const Connection connection(PQconnectdb(argv[1]), PQfinish);
    const std::string tables =
        "CREATE TABLE probe (id int, t text);CREATE TABLE probe_version (version bigint PRIMARY KEY, dirty "
        "boolean);"
        "CREATE TABLE probe_history (version bigint, name text, direction text, at timestamptz)";
    bool ok = run(connection.get(), tables);
    std::string batch;
    const int count = std::atoi(argv[2]);
    for (int i = 1; ok && i <= count; ++i) {
        batch += transaction(i);
        if (i % 256 == 0 || i == count) {
            ok = run(connection.get(), batch);
            batch.clear();
        }
    }
    if (!ok) std::fprintf(stderr, "%s", PQerrorMessage(connection.get()));
    return ok ? 0 : 1;
}
