#include "godwit/diff.hpp"

#include <algorithm>

#include "catch.hpp"

using namespace godwit;

namespace {

std::string diff(std::string_view before, std::string_view after, std::size_t most = 200) {
    return unified_diff(before, after, "old", "new", most);
}

}  // namespace

TEST_CASE("a unified diff shows the edit with three lines around it") {
    CHECK(diff("a\n", "a\n").empty());
    CHECK(diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n5!\n6\n7\n8\n9\n") ==
          "--- old\n+++ new\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+5!\n 6\n 7\n 8\n");
    CHECK(diff("", "a\n") == "--- old\n+++ new\n@@ -0,0 +1 @@\n+a\n");
    CHECK(diff("a\nb\n", "") == "--- old\n+++ new\n@@ -1,2 +0,0 @@\n-a\n-b\n");
}

TEST_CASE("a missing line end and a carriage return are differences") {
    CHECK(diff("a\n", "a") == "--- old\n+++ new\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n");
    CHECK(diff("a\r\n", "a\n") == "--- old\n+++ new\n@@ -1 +1 @@\n-a\r\n+a\n");
}

TEST_CASE("edits far apart are hunks of their own, close ones share one") {
    std::string before, after;
    for (int i = 0; i < 40; ++i) {
        before += std::to_string(i) + "\n";
        after += (i == 5 || i == 10 || i == 30 ? "x" : "") + std::to_string(i) + "\n";
    }
    const auto text = diff(before, after);
    CHECK(text.find("@@ -3,12 +3,12 @@") != std::string::npos);
    CHECK(text.find("@@ -28,7 +28,7 @@") != std::string::npos);
}

TEST_CASE("a diff of two texts with nothing in common ends, and is cut to the lines asked for") {
    std::string before, after;
    for (int i = 0; i < 5000; ++i) {
        before += "a" + std::to_string(i) + "\n";
        after += "b" + std::to_string(i) + "\n";
    }
    const auto text = diff(before, after, 10);
    CHECK(std::count(text.begin(), text.end(), '\n') == 11);
    CHECK(text.find("… 9993 more lines\n") != std::string::npos);
}
