#include "integration/support/chains.hpp"

#include "file.hpp"

using namespace godwit;
using namespace godwit::test;

namespace {

/// A file of its own.
class OwnFile : public Place {
  public:
    std::unique_ptr<Driver> open(bool batch) override {
        DriverOptions given;
        given.batch = batch;
        return file_.driver("", given);
    }
    [[nodiscard]] std::string name() const override { return file_.folder().string(); }

    std::string content() override {
        std::string all = file_.sql("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2") +
                          "\n" + file_.sql("SELECT user_version FROM pragma_user_version") + "\n";
        for (const std::string& table :
             lines_of(file_.sql("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1"))) {
            const bool history = table == "schema_migrations_history";
            all += table + ":\n" +
                   file_.sql(std::string("SELECT ") + (history ? kHistoryContent : "*") + " FROM " + table +
                             (history ? " ORDER BY id" : "")) +
                   "\n";
        }
        return all;
    }

  private:
    File file_;
};

}  // namespace

TEST_CASE("sqlite: batches leave and tell what single steps do", "[chains]") {
    require_same_in_batches(Flavour::Sqlite, 40, [] { return std::make_unique<OwnFile>(); });
}
