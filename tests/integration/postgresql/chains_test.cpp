#include "integration/support/chains.hpp"

#include "catch.hpp"
#include "database.hpp"
#include "integration/support/environment.hpp"

using namespace godwit;
using namespace godwit::test;

namespace {

/// A schema of its own.
class Schema : public Place {
  public:
    explicit Schema(Database& database) : database_(database), name_(unique_name("chain")) {
        database_.sql("CREATE SCHEMA " + name_);
    }
    ~Schema() override { database_.sql("DROP SCHEMA " + name_ + " CASCADE"); }
    Schema(const Schema&) = delete;
    Schema& operator=(const Schema&) = delete;

    std::unique_ptr<Driver> open(bool batch) override {
        DriverOptions given = options();
        given.batch = batch;
        return database_.driver("search_path=" + name_, given);
    }
    [[nodiscard]] std::string name() const override { return name_; }

    std::string content() override {
        const std::string here = " = '" + name_ + "' ";
        std::string all = database_.sql(
            "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns WHERE "
            "table_schema" +
            here + "ORDER BY 1, ordinal_position");
        all += "\n" + database_.sql(
                          "SELECT c.relname, c.relkind, i.indisvalid FROM pg_class c LEFT JOIN "
                          "pg_index i ON i.indexrelid = c.oid WHERE c.relnamespace::regnamespace::text" +
                          here + "ORDER BY 1");
        all += "\n" + database_.sql("SELECT proname FROM pg_proc WHERE pronamespace::regnamespace::text" +
                                    here + "ORDER BY 1");
        const std::string history = "schema_migrations_history";
        for (const std::string& table : lines_of(
                 database_.sql("SELECT tablename FROM pg_tables WHERE schemaname" + here + "ORDER BY 1")))
            if (table != history)
                all += "\n" + table + ":\n" +
                       sorted_lines(database_.sql("SELECT t::text FROM " + name_ + "." + table + " t"));
        if (all.find(history) != std::string::npos)
            all += database_.sql(std::string("SELECT ") + kHistoryContent + " FROM " + name_ + "." + history +
                                 " ORDER BY id");
        return all;
    }

  private:
    Database& database_;
    std::string name_;
};

}  // namespace

TEST_CASE("postgresql: batches leave and tell what single steps do", "[chains]") {
    Database database("chains");
    if (!database.ok()) return;
    require_same_in_batches(Flavour::PostgreSql, 40, [&] { return std::make_unique<Schema>(database); });
}
