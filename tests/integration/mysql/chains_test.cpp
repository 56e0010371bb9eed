#include "integration/support/chains.hpp"

#include "catch.hpp"
#include "database.hpp"

using namespace godwit;
using namespace godwit::test;

namespace {

/// A database of its own.
class OwnDatabase : public Place {
  public:
    explicit OwnDatabase(Product product) : database_(product) {}

    std::unique_ptr<Driver> open(bool batch) override {
        DriverOptions given = options();
        given.batch = batch;
        return database_.driver("", given);
    }
    [[nodiscard]] std::string name() const override { return database_.name(); }

    std::string content() override {
        std::string all;
        const std::string here = " FROM information_schema.";
        const std::string mine = "_SCHEMA = '" + name() + "' ORDER BY 1";
        const std::string history = "schema_migrations_history";
        for (const std::string& table :
             lines_of(database_.sql("SELECT TABLE_NAME" + here + "TABLES WHERE TABLE" + mine))) {
            all += database_.sql("SHOW CREATE TABLE " + table) + "\n";
            all += table == history ? database_.sql(std::string("SELECT ") + kHistoryContent + " FROM " +
                                                    table + " ORDER BY id")
                                    : sorted_lines(database_.sql("SELECT * FROM " + table));
        }
        all += database_.sql("SELECT ROUTINE_NAME" + here + "ROUTINES WHERE ROUTINE" + mine) + "\n";
        all +=
            database_.sql("SELECT TRIGGER_NAME, ACTION_STATEMENT" + here + "TRIGGERS WHERE TRIGGER" + mine);
        return without_counters(all);
    }

  private:
    /// The next id of the history is what was ever drawn, not what is there.
    static std::string without_counters(std::string text) {
        const std::string word = " AUTO_INCREMENT=";
        for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos;)
            text.erase(at, text.find(' ', at + word.size()) - at);
        return text;
    }

    Database database_;
};

}  // namespace

TEST_CASE("mysql: batches leave and tell what single steps do", "[chains]") {
    const Product product = each_product();
    if (!Database(product).ok()) return;
    require_same_in_batches(Flavour::MySql, product == Product::MariaDb ? 16 : 4,
                            [&] { return std::make_unique<OwnDatabase>(product); });
}
