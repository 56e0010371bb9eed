#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "database.hpp"
#include "integration/support/environment.hpp"

using namespace godwit;
using namespace godwit::test;

TEST_CASE("settings of a step do not reach the next one", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    DriverOptions given = options();
    given.init_sql = {"SET @mine = 'it''s; mine'", "SET max_sort_length = 2048"};
    given.batch = GENERATE(true, false);
    const auto driver = database.driver("sql_mode=%27NO_ZERO_DATE%27&foreign_key_checks=1", given);
    const Dialect& dialect = driver->dialect();
    const std::vector<std::string> scripts{
        "SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES';",
        "SET SESSION sql_mode = '', foreign_key_checks = 0, max_sort_length = 1024;",
        "SET foreign_key_checks = 0; SET unique_checks = 0; SET time_zone = '+03:00';",
        "SET NAMES latin1;",
        "SET CHARACTER SET latin1;",
        "SET @x = 1, @mine = 2; SET @`x y` = 3;",
        "SELECT 1 INTO @x;",
        "SET @x := 5; SET autocommit = 0;",
        "CREATE TEMPORARY TABLE probe (x int);",
        "CREATE TEMPORARY TABLE IF NOT EXISTS `probe` (x int); INSERT INTO probe VALUES (1);",
        "USE information_schema;",
        "USE mysql; SET sql_mode = ''; CREATE TEMPORARY TABLE " + database.name() + ".probe (x int);",
        "PREPARE p FROM 'SELECT 1'; EXECUTE p;",
        "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE;",
        "SET @@SESSION.sql_safe_updates = 1, @@group_concat_max_len = 5;",
        "/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;",
        "SET timestamp = 1000000000;",
        "SET insert_id = 77;",
        "SET SESSION lock_wait_timeout = 1;",
    };
    const auto lock = driver->lock(Deadline::in(Milliseconds(0)), nullptr);
    database.sql(
        "CREATE TABLE seen (id int AUTO_INCREMENT PRIMARY KEY, mode text, fk int, uc int, zone text, cs "
        "text, coll "
        "text, x text, mine text, xy text, db text, iso text, safe int, gcl int, msl int, ac int, clock "
        "text, lw int)");
    const std::string isolation = database.mariadb() ? "@@tx_isolation" : "@@transaction_isolation";
    const std::string look =
        "INSERT INTO seen (mode, fk, uc, zone, cs, coll, x, mine, xy, db, iso, safe, gcl, msl, ac, clock, "
        "lw) SELECT "
        "@@sql_mode, @@foreign_key_checks, @@unique_checks, @@time_zone, @@character_set_client, "
        "@@collation_connection, @x, @mine, @`x y`, DATABASE(), " +
        isolation +
        ", @@sql_safe_updates, @@group_concat_max_len, @@max_sort_length, @@autocommit, YEAR(NOW()) > 2020, "
        "@@lock_wait_timeout;";
    std::vector<Step> steps{up_step(1, look, dialect)};
    for (const std::string& script : scripts) {
        steps.push_back(up_step(steps.size() + 1, script, dialect));
        steps.push_back(up_step(steps.size() + 1, look, dialect));
    }
    // nothing is left under these names
    steps.push_back(up_step(steps.size() + 1, "CREATE TABLE probe (x int);", dialect));
    Recorder recorder;
    apply_all(*driver, steps, recorder);
    const std::string columns =
        "mode, fk, uc, zone, cs, coll, x, mine, xy, db, iso, safe, gcl, msl, ac, clock, lw";
    CHECK(database.sql("SELECT DISTINCT " + columns + " FROM seen") ==
          database.sql("SELECT " + columns + " FROM seen WHERE id = 1"));
    CHECK(database.sql("SELECT mode, fk, mine, db, msl, ac FROM seen WHERE id = 1") ==
          "NO_ZERO_DATE|1|it's; mine|" + database.name() + "|2048|1");
    CHECK(database.sql("SELECT COUNT(*) FROM seen") == std::to_string(scripts.size() + 1));
    CHECK(database.sql("SELECT MAX(id) FROM seen") == std::to_string(scripts.size() + 1));
    CHECK(database.sql("SELECT COUNT(*) FROM probe") == "0");
    CHECK(database.version() == std::to_string(steps.size()) + "|0");
    // the lock is still ours
    CHECK_THROWS_AS(database.driver()->lock(Deadline::in(Milliseconds(0)), nullptr), Error);
}

TEST_CASE("settings are brought back behind a step that failed", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    const std::string script =
        GENERATE("SET sql_mode = 'ANSI_QUOTES'; USE mysql; SELECT nope;", "SET autocommit = 0; SELECT nope;",
                 "CREATE TABLE made (x int); SET sql_mode = 'ANSI_QUOTES'; USE mysql; SELECT nope;",
                 "-- godwit: no-transaction\nSET sql_mode = 'ANSI_QUOTES'; USE mysql; SELECT nope;");
    CAPTURE(script);
    const ErrorInfo info = apply_failure(*driver, {up_step(1, script, dialect)}, recorder);
    CHECK(info.native_code == "1054");
    apply_all(*driver,
              {up_step(2, "CREATE TABLE seen (t text, db text, ac int);", dialect),
               up_step(3, "INSERT INTO seen SELECT \"text\", DATABASE(), @@autocommit;", dialect)},
              recorder);
    CHECK(database.sql("SELECT t, db, ac FROM seen") == "text|" + database.name() + "|1");
}

TEST_CASE("a database with sessions of ANSI_QUOTES and sql_safe_updates", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const std::string query = GENERATE("sql_mode=%27ANSI_QUOTES%27", "sql_safe_updates=1",
                                       "sql_mode=%27NO_BACKSLASH_ESCAPES%2CANSI%27", "sql_mode=%27%27",
                                       "sql_mode=%27TRADITIONAL%2CPIPES_AS_CONCAT%2CIGNORE_SPACE%27");
    CAPTURE(query);
    const auto driver = database.driver(query);
    const Dialect& dialect = driver->dialect();
    const bool ansi = query.find("ANSI") != std::string::npos;
    CHECK(dialect.double_quoted_strings == !ansi);
    Recorder recorder;
    std::vector<Step> steps{up_step(1, "CREATE TABLE q (x varchar(40));", dialect),
                            up_step(2, "INSERT INTO q VALUES ('a;b');", dialect)};
    if (ansi) steps.push_back(up_step(3, "CREATE TABLE \"semi;colon\" (x int); SELECT 1;", dialect));
    steps.push_back(up_step(4, "SET @x = 'it''s';\nINSERT INTO q VALUES (@x);", dialect));
    steps[0].down_script = "DROP TABLE q; -- \\ it's";
    steps[0].has_down_script = true;
    apply_all(*driver, steps, recorder);
    CHECK(driver->stored_down_script(Version::of(1)) == steps[0].down_script);
    CHECK(database.sql("SELECT x FROM q ORDER BY x") == "a;b\nit's");
    CHECK(database.version() == "4|0");
    const std::vector<LedgerChange> changes{{Version::of(2), true, std::nullopt}};
    driver->record(changes, identity());
    CHECK(database.version() == "2|1");
    driver->drop_everything({});
    CHECK(database.sql("SHOW TABLES").empty());
}

TEST_CASE("compound statements with and without DELIMITER", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    std::vector<Step> steps;
    steps.push_back(
        up_step(1,
                "CREATE TABLE t (x int, y int);\n"
                "CREATE PROCEDURE fill(n int)\nBEGIN\n  DECLARE i int DEFAULT 0;\n  WHILE i < n DO\n"
                "    INSERT INTO t VALUES (i, CASE WHEN i > 1 THEN 1 ELSE 0 END);\n    SET i = i + 1;\n"
                "  END WHILE;\n  SELECT COUNT(*) FROM t;\n  SELECT 'second';\nEND;\n"
                "CREATE TRIGGER trg BEFORE INSERT ON t FOR EACH ROW BEGIN IF NEW.x IS NULL THEN SET NEW.x = "
                "-1; END IF; END;\n"
                "INSERT INTO t VALUES (NULL, 9);",
                dialect));
    steps.push_back(
        up_step(2,
                "DELIMITER $$\nCREATE FUNCTION twice(a int) RETURNS int DETERMINISTIC\nBEGIN\n  RETURN a * "
                "2;\nEND$$\nCREATE EVENT ev ON SCHEDULE EVERY 1 DAY DO BEGIN SELECT 1; SELECT 2; END $$\n"
                "DELIMITER ;\nINSERT INTO t VALUES (twice(21), 0);\n",
                dialect));
    steps.push_back(up_step(3, "CALL fill(3);\nINSERT INTO t VALUES (100, 0);", dialect));
    steps.push_back(up_step(4, "SELECT 4;", dialect));
    apply_all(*driver, steps, recorder);
    CHECK(database.sql("SELECT x, y FROM t ORDER BY x") == "-1|9\n0|0\n1|0\n2|1\n42|0\n100|0");
    CHECK(database.sql(
              "SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()") == "2");
    CHECK(database.sql("SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()") ==
          "1");
    CHECK(database.history() ==
          "1 up applied 4/4 1\n2 up applied 3/3 2\n3 up applied 2/2 3\n4 up applied 1/1 4");
}

TEST_CASE("a CALL that fails behind its first result set", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    database.sql("CREATE TABLE t (x int PRIMARY KEY)");
    database.sql(
        "CREATE PROCEDURE bad() BEGIN INSERT INTO t VALUES (1); SELECT 'one'; SELECT 'two'; INSERT INTO t "
        "VALUES (1); "
        "END");
    const ErrorInfo info = apply_failure(
        *driver, {up_step(1, "CREATE TABLE a (x int);\nCALL bad();\nCREATE TABLE b (x int);", dialect)},
        recorder);
    CHECK(info.where.statement == 2);
    CHECK(info.where.line == 2);
    CHECK(info.native_code == "1062");
    CHECK(info.kept == Kept::Part);
    CHECK(info.statements_done == 1);
    CHECK_THAT(info.state, ContainsSubstring("what statement 2 did before it failed"));
    CHECK(database.version() == "1|1");
}

TEST_CASE("PREPARE and EXECUTE as dumps and conditional migrations write them", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    const std::string script =
        "SET @exist := (SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND "
        "TABLE_NAME "
        "= 'made');\nSET @sql := IF(@exist = 0, 'CREATE TABLE made (x int)', 'SELECT ''there''');\n"
        "PREPARE stmt FROM @sql;\nEXECUTE stmt;\nDEALLOCATE PREPARE stmt;\nINSERT INTO made VALUES (1);";
    apply_all(*driver, {up_step(1, script, dialect), up_step(2, script, dialect)}, recorder);
    CHECK(database.sql("SELECT COUNT(*) FROM made") == "2");
    CHECK(database.version() == "2|0");
}

TEST_CASE("conditional comments run where they are meant", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    DriverOptions given = options();
    given.batch = GENERATE(true, false);
    const auto driver = database.driver("", given);
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    std::vector<Step> steps;
    steps.push_back(
        up_step(1,
                "/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;\n"
                "/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;\n"
                "/*M!100100 CREATE TABLE on_mariadb (x int) */;\n"
                "/*!999999 CREATE TABLE nowhere (x int) */;\n"
                "CREATE TABLE both_of_them (x int) /*!40100 DEFAULT CHARSET=utf8mb4 */;\n"
                "/*!40101 SET character_set_client = utf8 */;\n"
                "/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;\n",
                dialect));
    steps.push_back(up_step(2, "/*!999999 SELECT nope */;", dialect));
    steps.push_back(up_step(3, "INSERT INTO both_of_them VALUES (@@foreign_key_checks);", dialect));
    apply_all(*driver, steps, recorder);
    CHECK(database.sql("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND "
                       "TABLE_NAME NOT LIKE 'schema%' ORDER BY 1") ==
          (database.mariadb() ? "both_of_them\non_mariadb" : "both_of_them"));
    CHECK(database.sql("SELECT x FROM both_of_them") == "1");
    CHECK(database.version() == "3|0");
    const ErrorInfo info = apply_failure(
        *driver, {up_step(4, "SELECT 1;\n\n/*!40101 SELECT ä, nope FROM */;", dialect)}, recorder);
    CHECK(info.where.statement == 2);
    CHECK(info.where.line == 3);
}

TEST_CASE("statements that count what the one before them did", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    DriverOptions given = options();
    given.batch = GENERATE(true, false);
    const std::string first = GENERATE("", "CREATE TABLE other (x int);", "-- godwit: no-transaction\n");
    const auto driver = database.driver("", given);
    Recorder recorder;
    database.sql(
        "CREATE TABLE r (id int AUTO_INCREMENT PRIMARY KEY, x int); CREATE TABLE c (what char(10), n int)");
    const std::string script = first +
                               "INSERT INTO r (x) VALUES (1), (2), (3);\n"
                               "INSERT INTO c SELECT 'id', LAST_INSERT_ID();\n"
                               "UPDATE r SET x = 7 WHERE x > 1;\nINSERT INTO c SELECT 'rows', ROW_COUNT();\n";
    apply_all(*driver, {up_step(1, script, driver->dialect())}, recorder);
    CHECK(database.sql("SELECT * FROM c ORDER BY what") == "id|1\nrows|2");
}

TEST_CASE("texts that end in comments, or hold nothing", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    DriverOptions given = options();
    given.batch = GENERATE(true, false);
    const auto driver = database.driver("", given);
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    const bool whole = GENERATE(true, false);
    const std::vector<std::string> scripts{"",
                                           "-- nothing\n",
                                           "/* nothing */",
                                           ";;",
                                           "CREATE TABLE a (x int) -- the end",
                                           "CREATE TABLE b (x int) # the end",
                                           "INSERT INTO a VALUES (1) /* the end */",
                                           "INSERT INTO a VALUES (2); -- the end",
                                           "INSERT INTO a\r\nVALUES (3);\r\n\r\n",
                                           "SELECT 1"};
    std::vector<Step> steps;
    for (const std::string& script : scripts) {
        const std::uint64_t version = steps.size() + 1;
        steps.push_back(whole ? whole_step(version, script, dialect) : up_step(version, script, dialect));
    }
    apply_all(*driver, steps, recorder);
    CHECK(database.sql("SELECT x FROM a ORDER BY x") == "1\n2\n3");
    CHECK(database.version() == std::to_string(scripts.size()) + "|0");
}

TEST_CASE("statements of many megabytes", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const auto driver = database.driver();
    const Dialect& dialect = driver->dialect();
    Recorder recorder;
    const std::size_t taken = std::stoul(database.sql("SELECT @@max_allowed_packet"));
    database.sql("CREATE TABLE big (x int, t longtext) CHARACTER SET utf8mb4");
    const auto insert = [](std::size_t size) {
        return "INSERT INTO big VALUES (1, '" + std::string(size, 'x') + "')";
    };
    SECTION("under max_allowed_packet") {
        const std::size_t size = std::min<std::size_t>(taken, 40U << 20U) - 8192;
        apply_all(*driver, {up_step(1, insert(size) + ";\nINSERT INTO big VALUES (2, 'y');", dialect)},
                  recorder);
        CHECK(database.sql("SELECT LENGTH(t) FROM big WHERE x = 1") == std::to_string(size));
        CHECK(database.version() == "1|0");
    }
    SECTION("above it: refused before anything ran") {
        const bool whole = GENERATE(true, false);
        const std::string script = "CREATE TABLE small (x int);\n" + insert(taken + 1) + ";";
        const ErrorInfo info = apply_failure(
            *driver, {whole ? whole_step(1, script, dialect) : up_step(1, script, dialect)}, recorder);
        CHECK_THAT(info.message, ContainsSubstring("bytes") && ContainsSubstring(std::to_string(taken)));
        CHECK_THAT(info.hint, ContainsSubstring("max_allowed_packet"));
        CHECK(info.where.line == 2);
        CHECK(info.kept == Kept::Nothing);
        CHECK(info.excerpt.size() < 1000);
        CHECK(database.sql("SHOW TABLES LIKE 'small'").empty());
        CHECK(database.version().empty());
    }
    SECTION("a script of many statements may be larger") {
        std::string script = "CREATE TABLE small (x int);\n";
        const std::string one = insert(1U << 20U) + ";\n";
        for (std::size_t size = 0; size < taken && size < (20U << 20U); size += one.size())
            script += one;
        apply_all(*driver, {up_step(1, script, dialect)}, recorder);
        CHECK(database.version() == "1|0");
    }
}

TEST_CASE("LOAD DATA LOCAL reads a file only where the URL allows it", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    const std::string before = database.sql("SELECT @@GLOBAL.local_infile");
    const std::filesystem::path file = std::filesystem::temp_directory_path() / unique_name("data");
    std::ofstream(file) << "1\n2\n";
    database.sql("CREATE TABLE l (x int)");
    const auto script = [](const std::string& path) {
        return "INSERT INTO l VALUES (0);\nLOAD DATA LOCAL INFILE '" + path +
               "' INTO TABLE l;\nINSERT INTO l VALUES (3);";
    };
    Recorder recorder;
    SECTION("not by default") {
        const auto driver = database.driver();
        for (const std::string ddl : {"", "CREATE TABLE other (x int);\n"}) {
            const ErrorInfo info = apply_failure(
                *driver, {up_step(1, ddl + script(file.string()), driver->dialect())}, recorder);
            CHECK_THAT(info.message, ContainsSubstring("file of this machine"));
            CHECK_THAT(info.hint, ContainsSubstring("allowAllFiles=true"));
            CHECK(info.kept == Kept::Nothing);
        }
        CHECK(database.sql("SELECT COUNT(*) FROM l") == "0");
    }
    SECTION("with allowAllFiles") {
        const auto driver = database.driver("allowAllFiles=true");
        const std::vector<Step> steps{up_step(1, script(file.string()), driver->dialect()),
                                      up_step(2, "SELECT 2;", driver->dialect())};
        if (before == "1") {
            apply_all(*driver, steps, recorder);
            CHECK(database.sql("SELECT x FROM l ORDER BY x") == "0\n1\n2\n3");
        } else {
            const ErrorInfo info = apply_failure(*driver, steps, recorder);
            CHECK_THAT(info.message, ContainsSubstring("local"));
            CHECK(info.where.statement == 2);
            CHECK(info.kept == Kept::Nothing);
        }
    }
    SECTION("a file that is not there") {
        if (before != "1") return;
        const auto driver = database.driver("allowAllFiles=true");
        const ErrorInfo info =
            apply_failure(*driver, {up_step(1, script("/nowhere/data"), driver->dialect())}, recorder);
        CHECK_THAT(info.message, ContainsSubstring("/nowhere/data"));
        CHECK(info.where.statement == 2);
        CHECK(info.kept == Kept::Nothing);
        CHECK(database.sql("SELECT COUNT(*) FROM l") == "0");
        apply_all(*driver, {up_step(2, "SELECT 2;", driver->dialect())}, recorder);
    }
    std::filesystem::remove(file);
}

TEST_CASE("statements that give several results, or none that anybody counted", "[mysql]") {
    Database database(each_product());
    if (!database.ok()) return;
    DriverOptions given = options();
    given.batch = GENERATE(true, false);
    const auto driver = database.driver("", given);
    database.sql(
        "CREATE TABLE t (x int); CREATE PROCEDURE two() BEGIN SELECT 1; SELECT 2; INSERT INTO t VALUES (2); "
        "END; "
        "CREATE PROCEDURE none() BEGIN END");
    std::vector<std::string> scripts{
        "PREPARE p FROM 'CALL two()'; EXECUTE p; INSERT INTO t VALUES (1);",
        "PREPARE p FROM 'CALL none()'; EXECUTE p; EXECUTE p; INSERT INTO t VALUES (1);",
        "CALL two(); CALL none(); INSERT INTO t VALUES (1); CALL two();",
        "ANALYZE TABLE t; CHECK TABLE t; INSERT INTO t VALUES (1);",
        "SHOW TABLES; DESCRIBE t; EXPLAIN SELECT 1; HANDLER t OPEN; HANDLER t CLOSE; INSERT INTO t VALUES "
        "(1);",
        "FLUSH TABLES; OPTIMIZE TABLE t; INSERT INTO t VALUES (1);",
        "SELECT x INTO @x FROM t LIMIT 1; DO @x; INSERT INTO t VALUES (1);",
    };
    if (database.mariadb()) {
        scripts.insert(
            scripts.end(),
            {"EXECUTE IMMEDIATE 'CALL two()'; INSERT INTO t VALUES (1);",
             "BEGIN NOT ATOMIC SELECT 1; SELECT 2; INSERT INTO t VALUES (5); END; INSERT INTO t VALUES (1);",
             "IF 1 > 0 THEN SELECT 1; SELECT 2; INSERT INTO t VALUES (6); END IF; INSERT INTO t VALUES (1);",
             "INSERT INTO t VALUES (7) RETURNING x; INSERT INTO t VALUES (1);"});
    }
    const bool whole = GENERATE(false, true);
    std::vector<Step> steps;
    for (const std::string& script : scripts) {
        const std::uint64_t version = steps.size() + 1;
        steps.push_back(whole ? whole_step(version, script, driver->dialect())
                              : up_step(version, script, driver->dialect()));
    }
    Recorder recorder;
    apply_all(*driver, steps, recorder);
    CHECK(database.sql("SELECT COUNT(*) FROM t WHERE x = 1") == std::to_string(scripts.size()));
    CHECK(database.version() == std::to_string(scripts.size()) + "|0");
}
