#include "bench.hpp"

namespace godwit::contract {
namespace {

/// Text that a library between us and the server likes to garble: colons, quotes, comments, dollars.
struct Torture {
    int id;
    std::string before;  ///< in front of the statement
    std::string literal;
    std::string note;  ///< what must arrive

    [[nodiscard]] std::string statement() const {
        return before + "INSERT INTO contract_torture VALUES (" + std::to_string(id) + ", " + literal + ")";
    }
    /// Fails by its CHECK constraint unless the row is there. Only the length is compared: a literal to
    /// compare with would be garbled in the same way.
    [[nodiscard]] std::string proof() const {
        return "INSERT INTO contract_proof SELECT COUNT(*) FROM contract_torture WHERE id = " +
               std::to_string(id) + " AND LENGTH(note) = " + std::to_string(note.size());
    }
};

std::vector<Torture> common() {
    return {
        {1, "", "'at 12:30'", "at 12:30"},
        {2, "-- don't panic\n", "'at 12:31'", "at 12:31"},
        {3, "", "'it''s; not two'", "it's; not two"},
        {4, "", "':name ::cast := ? $1 @x %s'", ":name ::cast := ? $1 @x %s"},
        {5, "/* ; ' : \" */ ", "'/* no */ -- :comment'", "/* no */ -- :comment"},
        {6, "", "'a\nb:c\td'", "a\nb:c\td"},
        {7, "-- time 10:15, \"quoted\n", "''", ""},
    };
}

std::vector<Torture> special(std::string_view dialect) {
    if (dialect == "postgresql")
        return {
            {20, "", "$$don't :x; $1$$", "don't :x; $1"}, {21, "", "$tag$ $$ : ' $tag$", " $$ : ' "},
            {22, "", R"(E'it\'s :x')", "it's :x"},        {23, "", "((ARRAY['a:b','c'])[1:1])[1]", "a:b"},
            {24, "", "12::text || ':'", "12:"},           {25, "/* one /* two */ ' : */ ", "'x'", "x"},
        };
    if (dialect == "mysql")
        return {
            {20, "# time 10:15, don't\n", "'x'", "x"},
            {21, "", "\"at 12:30\"", "at 12:30"},
            {22, "", R"('it\'s :x;')", "it's :x;"},
            {23, "", "'`:`'", "`:`"},
            {24, "/*!40101 SET @contract = ':' */;\n", "'a:b'", "a:b"},
        };
    if (dialect == "sqlite") return {{20, "", "'?1 $a @b :c'", "?1 $a @b :c"}};
    return {};
}

std::vector<Torture> cases_for(std::string_view dialect) {
    std::vector<Torture> cases = common();
    for (Torture& torture : special(dialect))
        cases.push_back(std::move(torture));
    return cases;
}

void prepare(Bench& bench) {
    bench.land(
        {bench.up(1,
                  "CREATE TABLE contract_torture (id INTEGER NOT NULL PRIMARY KEY, note VARCHAR(200));\n"
                  "CREATE TABLE contract_proof (rows_found INTEGER NOT NULL CHECK (rows_found = 1));\n")});
}

void check_proof(Bench& bench) {
    prepare(bench);
    const Step step = bench.up(2, common().front().proof() + ";\n");
    Witness witness;
    require(bench.driver().apply({&step, 1}, identity(), witness).failure.has_value(),
            "a CHECK constraint does not hold: quirks.sql must be false");
}

void check_one_by_one(Bench& bench) {
    prepare(bench);
    std::uint64_t number = 1;
    for (const Torture& torture : cases_for(bench.driver().dialect().name)) {
        bench.land({bench.up(++number, torture.statement())});
        bench.land({bench.up(++number, torture.proof())});
    }
}

void check_together(Bench& bench) {
    prepare(bench);
    std::vector<std::string> statements;
    const auto cases = cases_for(bench.driver().dialect().name);
    for (const Torture& torture : cases)
        statements.push_back(torture.statement());
    for (const Torture& torture : cases)
        statements.push_back(torture.proof());
    bench.land({bench.up(2, Bench::script(statements))});
}

}  // namespace

void check_sql(Suite& suite, const DriverQuirks& quirks) {
    if (!quirks.sql) {
        suite.skip("SQL text arrives as it was written", "no SQL");
        return;
    }
    on_bench(suite, quirks, "a proof by CHECK constraint can fail", check_proof);
    on_bench(suite, quirks, "SQL text arrives as it was written", check_one_by_one);
    on_bench(suite, quirks, "SQL text arrives as it was written, all in one script", check_together);
}

}  // namespace godwit::contract
