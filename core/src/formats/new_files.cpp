#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "formats/golang_migrate.hpp"
#include "formats/pair_name.hpp"
#include "godwit/error.hpp"

namespace godwit::layout {
namespace {

constexpr std::size_t kLongestFileName = 255;

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}

[[noreturn]] void refuse_name(std::string_view why) {
    fail(Errc::Usage, fmt::format("the name of the migration {}", why),
         "a name is a few words: godwit new add_users");
}

/// "Add users" becomes "add_users": lower case, one '_' for each run of blanks.
std::string slug_of(std::string_view name) {
    std::string slug;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_blank(c)) {
            if (!slug.empty() && slug.back() != '_') slug += '_';
        } else if (c == '/' || c == '\\' || byte < 0x20 || byte == 0x7f) {
            refuse_name("holds a character that cannot be part of a file name");
        } else {
            slug += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
    }
    if (!name.empty() && is_blank(name.back()) && !slug.empty()) slug.pop_back();
    if (slug.empty()) refuse_name("is empty");
    return slug;
}

std::vector<Version> versions_of(std::span<const Entry> entries) {
    std::vector<Version> versions;
    for (const Entry& entry : entries) {
        const auto name = parse_pair_name(entry.path);
        if (!name) continue;
        if (auto version = Version::parse(name->version)) versions.push_back(*std::move(version));
    }
    return versions;
}

std::string next_number(const std::vector<Version>& versions, unsigned digits) {
    if (digits == 0) fail(Errc::Usage, "--digits must be at least 1");
    std::int64_t last = 0;
    if (const auto largest = std::max_element(versions.begin(), versions.end()); largest != versions.end()) {
        const auto number = largest->as_bigint();
        if (!number || *number == INT64_MAX) {
            fail(Errc::Usage, fmt::format("no number follows version {}", largest->text()));
        }
        last = *number;
    }
    auto next = fmt::format("{:0{}}", last + 1, digits);
    if (next.size() > digits) {
        fail(Errc::Usage, fmt::format("the next number {} has more than {} digits", next, digits),
             fmt::format("give --digits {}, or leave --sequential out for a time stamp", next.size()));
    }
    return next;
}

std::string next_version(const NewMigration& wish, const std::vector<Version>& versions) {
    auto text = wish.sequential ? next_number(versions, wish.digits)
                                : fmt::format("{:%Y%m%d%H%M%S}",
                                              fmt::gmtime(std::chrono::system_clock::to_time_t(wish.now)));
    const auto version = Version::parse(text);
    if (version && std::find(versions.begin(), versions.end(), *version) != versions.end()) {
        fail(Errc::Usage, fmt::format("version {} is there already", text), "try again in a second");
    }
    return text;
}

}  // namespace

std::vector<NewFile> GolangMigrate::new_files(const NewMigration& wish,
                                              std::span<const Entry> existing) const {
    const auto stem = fmt::format("{}_{}", next_version(wish, versions_of(existing)), slug_of(wish.name));
    std::vector<NewFile> files{{stem + ".up.sql", wish.sql}, {stem + ".down.sql", {}}};
    if (files.back().path.size() > kLongestFileName) refuse_name("is too long for a file name");
    if (!wish.sql.empty() && wish.sql.back() != '\n') files.front().content += '\n';
    return files;
}

}  // namespace godwit::layout
