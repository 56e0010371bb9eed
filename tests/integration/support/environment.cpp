#include "integration/support/environment.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "catch.hpp"

namespace godwit::test {

std::optional<std::string> environment(std::string_view name) {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

std::optional<std::string> server_url(std::string_view variable) {
    if (auto url = environment(variable)) return url;
    const std::string line = "SKIPPED: " + std::string(variable) + " is not set";
    if (environment("GODWIT_REQUIRE_DB") == "1") FAIL(line);
    std::cerr << "*** " << line << " ***\n";
    return std::nullopt;
}

std::string unique_name(std::string_view hint) {
    static std::atomic<unsigned> counter{0};
    const auto now = std::chrono::system_clock::now().time_since_epoch().count() % 1'000'000;
    return "godwit_" + std::string(hint) + "_" + std::to_string(getpid()) + "_" + std::to_string(now) + "_" +
           std::to_string(++counter);
}

}  // namespace godwit::test
