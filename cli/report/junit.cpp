#include <fmt/format.h>

#include <algorithm>

#include "report/report.hpp"

namespace godwit::cli::report {

namespace {

/// Text of an element or an attribute. What XML cannot hold at all is replaced by clean().
std::string xml(std::string_view text) {
    std::string escaped;
    for (const char c : clean(text)) {
        switch (c) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            case '\n':
                escaped += "&#10;";
                break;
            case '\t':
                escaped += "&#9;";
                break;
            default:
                escaped += c;
        }
    }
    return escaped;
}

struct Case {
    std::string name;
    std::string file;
    std::vector<const Annotation*> found;
};

bool fails(const Annotation* found) {
    return found->severity == Severity::Error;
}

/// Each migration, then each finding that is about none of them.
std::vector<Case> cases_of(const Report& report, const std::vector<Annotation>& found) {
    std::vector<Case> cases;
    for (const auto& file : report.files)
        cases.push_back({fmt::format("{} {}", file.version, file.name), file.path, {}});
    for (std::size_t i = 0; i < found.size(); ++i) {
        const bool is_finding = i < report.findings.size();
        const auto& version = is_finding ? report.findings[i].version : report.error->where.version;
        const auto it = std::ranges::find(report.files, version, &File::version);
        if (version.empty() || it == report.files.end())
            cases.push_back({found[i].code, found[i].file, {&found[i]}});
        else
            cases[static_cast<std::size_t>(it - report.files.begin())].found.push_back(&found[i]);
    }
    if (cases.empty()) cases.push_back({report.command, report.folder, {}});
    return cases;
}

std::string place(const Annotation& found) {
    if (found.line == 0) return found.file;
    return fmt::format("{}:{}", found.file, found.line);
}

std::string case_element(const Report& report, const Case& test) {
    auto text =
        fmt::format("    <testcase classname=\"godwit.{}\" name=\"{}\"", xml(report.command), xml(test.name));
    if (!test.file.empty()) text += fmt::format(" file=\"{}\"", xml(test.file));
    if (test.found.empty()) return text + "/>\n";
    text += ">\n";
    std::string told;
    for (const auto* found : test.found) {
        const auto line = fmt::format("{}: {}\n{}", place(*found), found->message, found->hint);
        if (fails(found))
            text += fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n", xml(found->code),
                                xml(found->message), xml(line));
        else
            told += fmt::format("{}: {}: {}\n", severity_name(found->severity), found->code, line);
    }
    if (!told.empty()) text += fmt::format("      <system-out>{}</system-out>\n", xml(told));
    return text + "    </testcase>\n";
}

}  // namespace

std::string junit(const Report& report) {
    const auto found = annotations(report);
    const auto cases = cases_of(report, found);
    const auto failed =
        std::ranges::count_if(cases, [](const Case& test) { return std::ranges::any_of(test.found, fails); });
    const auto counts = fmt::format("tests=\"{}\" failures=\"{}\" errors=\"0\"", cases.size(), failed);
    auto text = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {}>\n"
        "  <testsuite name=\"godwit {}\" {} skipped=\"0\">\n",
        counts, xml(report.command), counts);
    for (const auto& test : cases)
        text += case_element(report, test);
    return text + "  </testsuite>\n</testsuites>\n";
}

}  // namespace godwit::cli::report
