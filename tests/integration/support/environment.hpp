#pragma once

#include <optional>
#include <string>
#include <string_view>

/// What integration tests of every database share. Knows no driver.
namespace godwit::test {

/// An environment variable; nullopt where it is unset or empty.
std::optional<std::string> environment(std::string_view name);

/// URL of a server to test on. Where the variable is not set: prints one loud line and returns nullopt, for
/// the test to return at once; with GODWIT_REQUIRE_DB=1 it fails the test instead.
std::optional<std::string> server_url(std::string_view variable);

/// A name that no other test, process or run uses: "godwit_<hint>_<pid>_<number>".
std::string unique_name(std::string_view hint);

}  // namespace godwit::test
