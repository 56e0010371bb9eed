// What must not be seen: passwords in messages and in the process's own words.
#include "discretion.hpp"

#include <cstring>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace godwit::cli;

namespace {

/// The words as `ps` shows them afterwards.
std::string shown(std::vector<std::string> words) {
    words.insert(words.begin(), "godwit");
    std::vector<char*> argv;
    for (auto& word : words)
        argv.push_back(word.data());
    { const Discretion discretion(static_cast<int>(argv.size()), argv.data()); }
    std::string line;
    for (const char* word : argv)
        line += std::string(line.empty() ? "" : " ") + word;
    return line;
}

}  // namespace

TEST_CASE("a message's URLs lose their passwords") {
    CHECK(without_passwords("unknown command 'postgres://app:pw@h/db'") ==
          "unknown command 'postgres://app:***@h/db'");
    CHECK(without_passwords("a://u:p@ss@h and b://v:q@i.") == "a://u:***@h and b://v:***@i.");
    CHECK(without_passwords("mysql://root:pw@tcp(h:3306)/db: refused") ==
          "mysql://root:***@tcp(h:3306)/db: refused");
    for (const std::string text : {"", "://", "http://host:80/a", "postgres://app@h/db", "see a@b: c://d"})
        CHECK(without_passwords(text) == text);
}

TEST_CASE("the process list shows no password") {
    CHECK(shown({"up", "-d", "postgres://app:Zugvogel@h/db"}) == "godwit up -d postgres://app:***@h/db");
    CHECK(shown({"--database=mysql://app:Zugvogel@tcp(h)/db", "up"}) ==
          "godwit --database=mysql://app:***@tcp(h)/db up");
    CHECK(shown({"-dpostgres://app:Zugvogel@h/db"}) == "godwit -dpostgres://app:***@h/db");
    CHECK(shown({"-s", "http://h/m?token=Zugvogel"}) == "godwit -s http://h/m?token=***");
    CHECK(shown({"-database", "pgx5://app:Zugvogel@h/db", "up"}) ==
          "godwit -database pgx5://app:***@h/db up");
    CHECK(shown({"--init-sql", "SET app.key = 'Zugvogel'"}) == "godwit --init-sql ***");
    CHECK(shown({"--init-sql=SET app.key = 'Zugvogel'"}) == "godwit --init-sql=***");
    CHECK(shown({"--placeholder", "key=Zugvogel", "up"}) == "godwit --placeholder key=*** up");
    CHECK(shown({"--init-sql"}) == "godwit --init-sql");
    CHECK(shown({"-d", "sqlite://app.db", "-v", "--", "up"}) == "godwit -d sqlite://app.db -v -- up");
}

TEST_CASE("a mask longer than the password is cut, never written behind the word") {
    CHECK(shown({"-d", "postgres://a:x@h/database", "up"}) == "godwit -d postgres://a:***@h/databa up");
}
