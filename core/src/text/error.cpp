#include "godwit/error.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace godwit {
namespace {

struct KindRow {
    std::string_view name;
    int exit_code;
};

/// In the order of Errc.
constexpr std::array<KindRow, 12> kKinds{{{"usage", 2},
                                          {"config", 2},
                                          {"source", 2},
                                          {"connect", 7},
                                          {"locked", 6},
                                          {"dirty", 4},
                                          {"validation", 5},
                                          {"statement", 1},
                                          {"plugin", 2},
                                          {"interrupted", 130},
                                          {"pending", 3},
                                          {"internal", 1}}};
static_assert(kKinds.size() == static_cast<std::size_t>(Errc::Internal) + 1);

const KindRow& row_of(Errc code) noexcept {
    const auto index = static_cast<std::size_t>(code);
    return index < kKinds.size() ? kKinds[index] : kKinds.back();
}

ErrorInfo info_of(Errc code, std::string message, std::string hint) {
    ErrorInfo info;
    info.code = code;
    info.message = std::move(message);
    info.hint = std::move(hint);
    return info;
}

}  // namespace

std::string_view kind_name(Errc code) noexcept {
    return row_of(code).name;
}

int exit_code(Errc code) noexcept {
    return row_of(code).exit_code;
}

Error::Error(ErrorInfo info) : std::runtime_error(info.message), info_(std::move(info)) {}

Error::Error(Errc code, std::string message, std::string hint)
    : Error(info_of(code, std::move(message), std::move(hint))) {}

Error::~Error() = default;

void fail(Errc code, std::string message, std::string hint) {
    throw Error(code, std::move(message), std::move(hint));
}

}  // namespace godwit
