#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>

#include "formats/golang_migrate.hpp"
#include "godwit/error.hpp"
#include "godwit/format.hpp"
#include "godwit/nearest.hpp"

namespace godwit {

std::span<const Format* const> formats() {
    static const layout::GolangMigrate golang_migrate;
    static const std::array<const Format*, 1> all{&golang_migrate};
    return all;
}

const Format& find_format(std::string_view name) {
    std::vector<std::string_view> names;
    for (const Format* format : formats()) {
        if (format->name() == name) return *format;
        names.push_back(format->name());
    }
    const auto meant = nearest(name, names);
    fail(Errc::Usage, fmt::format("there is no format '{}'", name),
         meant ? fmt::format("did you mean {}?", *meant) : fmt::format("known: {}", fmt::join(names, ", ")));
}

const Format& detect_format(std::span<const Entry> entries) {
    const auto all = formats();
    return **std::max_element(all.begin(), all.end(), [&](const Format* a, const Format* b) {
        return a->matches(entries) < b->matches(entries);
    });
}

}  // namespace godwit
