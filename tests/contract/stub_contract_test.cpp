#include "contract.hpp"
#include "godwit/contract/driver_contract.hpp"
#include "godwit/contract/source_contract.hpp"
#include "stub/stub_driver.hpp"
#include "stub/stub_source.hpp"

using namespace godwit;

namespace {

contract::DriverQuirks stub_quirks(const std::shared_ptr<stub::Database>& database, const std::string& name) {
    contract::DriverQuirks quirks;
    quirks.open = [database, name] {
        return std::make_unique<stub::StubDriver>(name, database, DriverOptions{});
    };
    quirks.failing = "FAIL";
    quirks.endless = "WAIT";
    quirks.sql = false;
    quirks.atomic = database->atomic;
    return quirks;
}

}  // namespace

TEST_CASE("the stub driver keeps the driver contract", "[contract]") {
    const auto database = stub::database("contract-atomic");
    contract::expect_kept(contract::run_driver_contract(stub_quirks(database, "contract-atomic")));
}

TEST_CASE("the stub driver without transactions keeps the driver contract", "[contract]") {
    const auto database = stub::database("contract-stepwise");
    database->atomic = false;
    contract::expect_kept(contract::run_driver_contract(stub_quirks(database, "contract-stepwise")));
}

TEST_CASE("the stub source keeps the source contract", "[contract]") {
    contract::expect_kept(contract::run_source_contract([] {
        stub::Files files;
        for (const auto& file : contract::fixture_files())
            files[file.name] = file.content;
        return std::make_unique<stub::StubSource>(std::move(files));
    }));
}

namespace {

/// Listed, but read in part: what the suite exists for.
class CutShort final : public Source {
  public:
    std::vector<Entry> list() override {
        std::vector<Entry> entries;
        for (const auto& file : contract::fixture_files())
            entries.push_back({file.name, file.content.size(), EntryKind::File, {}});
        return entries;
    }
    std::string read(const Entry& entry) override {
        for (const auto& file : contract::fixture_files()) {
            if (file.name == entry.path) return file.content.substr(0, file.content.size() / 2);
        }
        return {};
    }
    [[nodiscard]] std::string describe() const override { return "cut short"; }
};

}  // namespace

TEST_CASE("the source contract finds a source that cuts short", "[contract]") {
    const auto report = contract::run_source_contract([] { return std::make_unique<CutShort>(); });
    CHECK_FALSE(report.ok());
    std::string failed;
    for (const auto& failure : report.failed)
        failed += failure.check + "\n";
    CHECK_THAT(failed, ContainsSubstring("read() gives the whole content"));
    CHECK_THAT(failed, ContainsSubstring("reading what is not there throws"));
    CHECK_THAT(report.text(), ContainsSubstring("FAILED"));
}

TEST_CASE("the driver contract finds a ledger that lies", "[contract]") {
    const auto database = stub::database("contract-liar");
    auto quirks = stub_quirks(database, "contract-liar");
    quirks.failing = "SELECT 1";  // "fails", and does not
    const auto report = contract::run_driver_contract(quirks);
    CHECK_FALSE(report.ok());
    CHECK_THAT(report.text(), ContainsSubstring("a statement that must fail does not"));
}
