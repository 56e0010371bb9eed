#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "formats/golang_migrate.hpp"
#include "formats/pair_name.hpp"
#include "godwit/ascii.hpp"
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
            slug += ascii_lower(c);
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

std::string stamp_of(std::chrono::sys_seconds time) {
    return fmt::format("{:%Y%m%d%H%M%S}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

/// The time that a stamp of 14 digits names; nullopt where they name none.
std::optional<std::chrono::sys_seconds> time_of(std::string_view stamp) {
    if (stamp.size() != 14) return std::nullopt;
    const auto part = [stamp](std::size_t at, std::size_t size) {
        int number = 0;
        std::from_chars(stamp.data() + at, stamp.data() + at + size, number);
        return number;
    };
    using namespace std::chrono;
    const year_month_day day{year(part(0, 4)), month(static_cast<unsigned>(part(4, 2))),
                             std::chrono::day(static_cast<unsigned>(part(6, 2)))};
    const int hour = part(8, 2);
    const int minute = part(10, 2);
    const int second = part(12, 2);
    if (!day.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    return sys_days(day) + hours(hour) + minutes(minute) + seconds(second);
}

std::vector<std::string> following_numbers(const Version& latest, std::int64_t first, std::size_t count) {
    const auto last = latest.as_bigint();
    if (!last || *last >= INT64_MAX - static_cast<std::int64_t>(count))
        fail(Errc::Usage, fmt::format("no number follows version {}", latest.text()));
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t number = std::max(first, *last + 1) + static_cast<std::int64_t>(i);
        texts.push_back(fmt::format("{:0{}}", number, latest.text().size()));
    }
    return texts;
}

/// What is shorter was counted: Unix times have ten digits, time stamps more.
constexpr std::size_t kMostCountedDigits = 9;
constexpr std::size_t kUnixDigits = 10;

}  // namespace

std::vector<NewFile> GolangMigrate::new_files(const NewMigration& wish,
                                              std::span<const Entry> existing) const {
    const auto stem = fmt::format("{}_{}", next_version(wish, versions_of(existing)), slug_of(wish.name));
    std::vector<NewFile> files{{stem + ".up.sql", wish.sql}, {stem + ".down.sql", {}}};
    if (files.back().path.size() > kLongestFileName) refuse_name("is too long for a file name");
    if (!wish.sql.empty() && wish.sql.back() != '\n') files.front().content += '\n';
    return files;
}

std::string GolangMigrate::with_version(std::string_view path, std::string_view version) const {
    const auto name = parse_pair_name(path);
    if (!name) {
        fail(Errc::Usage, fmt::format("{} is not a migration of the layout {}", path, this->name()),
             "files are called VERSION_TITLE.up.sql and VERSION_TITLE.down.sql");
    }
    return fmt::format("{}{}", version, path.substr(name->version.size()));
}

std::vector<std::string> GolangMigrate::next_versions(const Version& latest, std::size_t count,
                                                      std::chrono::sys_seconds now) const {
    const auto digits = latest.text().size();
    if (digits <= kMostCountedDigits) return following_numbers(latest, 0, count);
    if (digits == kUnixDigits) return following_numbers(latest, now.time_since_epoch().count(), count);
    auto first = now;
    if (const auto ours = Version::parse(stamp_of(now)); *ours <= latest) {
        const auto theirs = time_of(latest.text());
        if (!theirs) return following_numbers(latest, 0, count);
        first = *theirs + std::chrono::seconds(1);
    }
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; ++i)
        texts.push_back(stamp_of(first + std::chrono::seconds(i)));
    return texts;
}

}  // namespace godwit::layout
