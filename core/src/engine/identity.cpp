#include "engine/identity.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <random>
#include <string>
#include <vector>

#include "godwit/migrator.hpp"

namespace godwit::engine {
namespace {

std::string fresh_run_id() {
    std::random_device random;
    std::string id;
    for (int word = 0; word < 4; ++word)
        id += fmt::format("{:08x}", random());
    return id;
}

std::string effective_user() {
    const uid_t uid = geteuid();
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd* found = nullptr;
    // A container's user often has no entry: its number is what there is.
    if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
        return fmt::format("uid {}", uid);
    }
    return found->pw_name;
}

std::string this_host() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
    return name.data();
}

}  // namespace

RunIdentity completed(RunIdentity identity) {
    if (identity.run_id.empty()) identity.run_id = fresh_run_id();
    if (identity.os_user.empty()) identity.os_user = effective_user();
    if (identity.host.empty()) identity.host = this_host();
    if (identity.tool_version.empty()) identity.tool_version = GODWIT_VERSION;
    return identity;
}

Timestamp now() {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace godwit::engine

namespace godwit {

RunIdentity default_identity() {
    return engine::completed({});
}

}  // namespace godwit
