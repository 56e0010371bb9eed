#include "report/wish.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "godwit/error.hpp"
#include "godwit/nearest.hpp"
#include "options.hpp"
#include "words.hpp"

namespace godwit::cli {

namespace {

ReportWish wish_of(const std::string& value) {
    const auto equals = value.find('=');
    ReportWish wish{value.substr(0, equals), equals == std::string::npos ? "" : value.substr(equals + 1)};
    const auto formats = split_words(kReport.choices);
    if (std::ranges::find(formats, wish.format) == formats.end()) {
        const auto close = nearest(wish.format, formats);
        fail(Errc::Usage,
             fmt::format("--report: '{}' is not one of {}", wish.format, fmt::join(formats, ", ")),
             close ? fmt::format("did you mean --report {}?", *close) : "it is: --report FORMAT[=FILE]");
    }
    if (equals != std::string::npos && wish.file.empty())
        fail(Errc::Usage, fmt::format("--report {}=: the file has no name", wish.format));
    return wish;
}

}  // namespace

std::vector<ReportWish> report_wishes(const std::vector<std::string>& values) {
    std::vector<ReportWish> wishes;
    wishes.reserve(values.size());
    for (const auto& value : values)
        wishes.push_back(wish_of(value));
    if (std::ranges::count(wishes, "", &ReportWish::file) > 1)
        fail(Errc::Usage, "only one --report can have stdout", "name files: --report FORMAT=FILE");
    return wishes;
}

bool report_has_stdout(const std::vector<std::string>& values) {
    return std::ranges::any_of(values,
                               [](const std::string& value) { return value.find('=') == std::string::npos; });
}

}  // namespace godwit::cli
