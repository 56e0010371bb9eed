#include "integration/support/first_layout.hpp"

#include "catch.hpp"
#include "integration/support/steps.hpp"

namespace godwit::test {
namespace {

void apply(Driver& driver, std::uint64_t version, std::string script) {
    Recorder recorder;
    const Step step = up_step(version, std::move(script), driver.dialect());
    const Outcome outcome = driver.apply({&step, 1}, identity(), recorder);
    if (outcome.failure) FAIL(outcome.failure->what());
}

}  // namespace

void check_first_layout(Driver& driver, const std::function<std::string(const std::string&)>& sql) {
    apply(driver, 1, "CREATE TABLE a (x int);");
    for (const char* column : {"up_script", "statement_hashes", "fingerprint"})
        sql(std::string("ALTER TABLE schema_migrations_history DROP COLUMN ") + column);
    CHECK(driver.state().head->version == "1");
    CHECK(driver.applied().size() == 1);
    CHECK(driver.history(0).size() == 1);
    CHECK_FALSE(driver.stored_up_script(Version::of(1)));
    apply(driver, 2, "CREATE TABLE b (x int);");
    apply(driver, 3, "CREATE TABLE c (x int);");
    CHECK(driver.history(0).size() == 3);
    CHECK(driver.stored_up_script(Version::of(3)) == "CREATE TABLE c (x int);");
    CHECK(sql("SELECT count(*) FROM schema_migrations_history WHERE fingerprint IS NULL") == "3");
}

}  // namespace godwit::test
