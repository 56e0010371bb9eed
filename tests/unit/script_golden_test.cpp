#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "catch.hpp"
#include "godwit/error.hpp"
#include "godwit/script.hpp"

// Each folder goldens/script/<dialect>/<case> holds input.sql and what is made of it, expected.txt.
// GODWIT_UPDATE_GOLDENS=1 writes the latter anew; read the difference before you keep it.

namespace fs = std::filesystem;
using godwit::Script;
using godwit::Statement;

namespace {

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

godwit::Dialect dialect_named(const std::string& name) {
    if (name == "postgresql") return godwit::postgresql_dialect();
    if (name == "mysql") return godwit::mysql_dialect();
    if (name == "sqlite") return godwit::sqlite_dialect();
    return godwit::generic_dialect();
}

/// Visible line breaks and tabs, so that expected.txt does not depend on an editor's habits.
std::string shown(std::string_view text) {
    std::string out = "    | ";
    for (const char c : text) {
        if (c == '\n')
            out += "\n    | ";
        else if (c == '\r')
            out += "\\r";
        else if (c == '\t')
            out += "\\t";
        else
            out += c;
    }
    return out + "\n";
}

std::string shown(const godwit::Directives& directives) {
    std::string out;
    const auto add = [&out](std::string_view key, const auto& value) {
        if (value) out += fmt::format(" {}={}", key, *value);
    };
    if (directives.transaction) out += *directives.transaction ? " transaction" : " no-transaction";
    if (directives.timeout) out += fmt::format(" timeout={}ms", directives.timeout->count());
    if (directives.lock_timeout) out += fmt::format(" lock-timeout={}ms", directives.lock_timeout->count());
    add("retry", directives.retry);
    add("irreversible", directives.irreversible);
    add("skip-if", directives.skip_if);
    if (!directives.only.empty()) out += fmt::format(" only={}", fmt::join(directives.only, "|"));
    if (!directives.allow.empty()) out += fmt::format(" allow={}", fmt::join(directives.allow, "|"));
    add("expect-rows", directives.expect_rows);
    add("phase", directives.phase);
    return out;
}

std::string_view kind_name(godwit::StatementKind kind) {
    constexpr std::array<std::string_view, 8> kNames{"query",       "dml",     "ddl",   "copy",
                                                     "transaction", "session", "block", "other"};
    return kNames.at(static_cast<std::size_t>(kind));
}

std::string shown(const Script& script, const Statement& statement) {
    constexpr std::array<std::string_view, 4> kNeeds{"", " refuses-transaction", " needs-transaction",
                                                     " controls-transaction"};
    std::string out =
        fmt::format("{}:{} {}{}{}{}", statement.line, statement.column, kind_name(statement.kind),
                    kNeeds.at(static_cast<std::size_t>(statement.transaction)),
                    statement.sets_session_state ? " sets-session-state" : "",
                    statement.implicit_commit ? " implicit-commit" : "");
    const std::string own = shown(script.directives(statement));
    if (!own.empty()) out += " [" + own.substr(1) + "]";
    out += "\n" + shown(script.sql(statement));
    if (statement.kind == godwit::StatementKind::Copy)
        out += "    data\n" + shown(script.copy_data(statement));
    return out;
}

std::string shown(const Script& script) {
    std::string out = fmt::format("{} statements\n", script.statements().size());
    const std::string file = shown(script.directives());
    if (!file.empty()) out += "file:" + file + "\n";
    for (const Statement& statement : script.statements())
        out += shown(script, statement);
    return out;
}

std::string split(const fs::path& folder, const std::string& dialect) {
    try {
        return shown(Script::parse(read_file(folder / "input.sql"), dialect_named(dialect), "input.sql"));
    } catch (const godwit::Error& error) {
        const auto& info = error.info();
        REQUIRE(info.code == godwit::Errc::Statement);
        return fmt::format("error {}:{}:{}: {}\nhint: {}\n{}\n", info.where.file, info.where.line,
                           info.where.column, info.message, info.hint, info.excerpt);
    }
}

void check_tiles(const Script& script) {
    std::size_t last = 0;
    for (const Statement& statement : script.statements()) {
        REQUIRE(statement.piece_begin == last);
        REQUIRE(statement.piece_begin <= statement.begin);
        REQUIRE(statement.begin < statement.end);
        REQUIRE(statement.end <= statement.piece_end);
        last = statement.piece_end;
    }
    if (!script.empty()) REQUIRE(last == script.text().size());
}

std::vector<fs::path> sorted_entries(const fs::path& folder) {
    std::vector<fs::path> found{fs::directory_iterator(folder), fs::directory_iterator()};
    std::sort(found.begin(), found.end());
    return found;
}

std::string corpus_dialect(const std::string& path) {
    if (path.find("mysql") != std::string::npos || path.find("mariadb") != std::string::npos) return "mysql";
    return path.find("sqlite") != std::string::npos ? "sqlite" : "postgresql";
}

}  // namespace

TEST_CASE("scripts are split as the golden files say", "[script]") {
    const fs::path root = fs::path(GODWIT_SOURCE_DIR) / "tests/unit/goldens/script";
    const bool update = std::getenv("GODWIT_UPDATE_GOLDENS") != nullptr;
    std::size_t cases = 0;
    for (const fs::path& dialect : sorted_entries(root)) {
        for (const fs::path& folder : sorted_entries(dialect)) {
            const std::string actual = split(folder, dialect.filename().string());
            if (update) std::ofstream(folder / "expected.txt", std::ios::binary) << actual;
            INFO(folder.string());
            CHECK(actual == read_file(folder / "expected.txt"));
            ++cases;
        }
    }
    CHECK(cases >= 70);
}

TEST_CASE("the statements of real projects tile their files", "[script]") {
    const char* const given = std::getenv("GODWIT_SHARED");
    const fs::path root = fs::path(given != nullptr ? given : GODWIT_SOURCE_DIR "/../shared") / "corpora";
    if (!fs::is_directory(root)) {
        WARN("SKIPPED: no corpora in " << root << " (set GODWIT_SHARED)");
        return;
    }
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        if (entry.path().extension() != ".sql") continue;
        const std::string relative = fs::relative(entry.path(), root).string();
        INFO(relative);
        check_tiles(Script::parse(read_file(entry.path()), dialect_named(corpus_dialect(relative))));
        ++files;
    }
    CHECK(files > 1000);
}
