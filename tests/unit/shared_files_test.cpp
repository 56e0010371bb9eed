// One folder for many migrators on several threads.
#include "godwit/shared_files.hpp"

#include <atomic>
#include <thread>

#include "catch.hpp"
#include "godwit/migrator.hpp"
#include "stub/stub_driver.hpp"
#include "stub/stub_source.hpp"

using namespace godwit;

namespace {

/// Counts, and notices two threads at once.
class CountingSource final : public Source {
  public:
    explicit CountingSource(stub::Files files) : files_(std::move(files)) {}
    std::vector<Entry> list() override {
        ++lists;
        std::vector<Entry> entries;
        for (const auto& [path, content] : files_)
            entries.push_back(
                {.path = path, .size = content.size(), .kind = EntryKind::File, .fingerprint = {}});
        return entries;
    }
    std::string read(const Entry& entry) override {
        if (inside_.exchange(true)) collided = true;
        ++reads;
        auto content = files_.at(entry.path);
        inside_ = false;
        return content;
    }
    std::string describe() const override { return "counting"; }

    std::atomic<int> lists = 0;
    std::atomic<int> reads = 0;
    std::atomic<bool> collided = false;

  private:
    stub::Files files_;
    std::atomic<bool> inside_ = false;
};

stub::Files chain(int length) {
    stub::Files files;
    for (int i = 1; i <= length; ++i) {
        files[std::to_string(i) + "_t.up.sql"] = "CREATE TABLE t" + std::to_string(i) + " (id int);";
        files[std::to_string(i) + "_t.down.sql"] = "DROP TABLE t" + std::to_string(i) + ";";
    }
    return files;
}

}  // namespace

TEST_CASE("many migrators list and read a folder once", "[shared]") {
    constexpr int kLength = 20, kThreads = 4, kEach = 10;
    CountingSource source(chain(kLength));
    SharedFiles files(source);
    std::atomic<int> applied = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < kEach; ++i) {
                    stub::StubDriver driver("test", std::make_shared<stub::Database>(), {});
                    driver.connect();
                    MigratorOptions options;
                    options.shared = &files;
                    Migrator migrator(files.source(), driver, std::move(options));
                    applied += static_cast<int>(migrator.up().done.size());
                    applied += static_cast<int>(migrator.up().done.size());
                }
            });
        }
    }
    CHECK(applied == kLength * kThreads * kEach);
    CHECK(source.lists == 1);
    CHECK(source.reads == 2 * kLength);
    CHECK_FALSE(source.collided);
}

TEST_CASE("a shared script is that of its text and its dialect", "[shared]") {
    CountingSource source(chain(1));
    SharedFiles files(source);
    const auto statements = [&](const std::string& sql, const Dialect& dialect) {
        return files.script(sql, dialect, "1_t.up.sql").statements().size();
    };
    const std::string quotes = "SELECT 1; SELECT '\\'; SELECT 2; --'";
    CHECK(statements(quotes, postgresql_dialect()) == 3);
    CHECK(statements(quotes, postgresql_dialect()) == 3);
    CHECK(statements(quotes, mysql_dialect()) == 2);
    CHECK(statements(quotes, postgresql_dialect()) == 3);
    CHECK(statements("SELECT 2;", postgresql_dialect()) == 1);
    CHECK(statements(quotes, postgresql_dialect()) == 3);
    CHECK_THROWS_AS(files.script("SELECT 'x", postgresql_dialect(), "2.up.sql"), Error);
    CHECK(files.script("SELECT 'x'", postgresql_dialect(), "2.up.sql").statements().size() == 1);
}

TEST_CASE("what is too large to be kept is read again", "[shared]") {
    stub::Files large;
    const std::string body = "SELECT '" + std::string(std::size_t{40} << 20, 'x') + "';";
    large["1_a.up.sql"] = body;
    large["2_b.up.sql"] = body;
    CountingSource source(large);
    SharedFiles files(source);
    for (int round = 0; round < 2; ++round)
        for (const auto& migration : files.migrations().in_order)
            CHECK(files.source().read(migration.up->entry) == body);
    CHECK(source.reads == 3);
}
