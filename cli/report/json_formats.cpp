// The two formats that are JSON: GitLab's Code Quality and SARIF.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/report.hpp"

namespace godwit::cli::report {

namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& document) {
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string described(const Annotation& found) {
    return clean(found.hint.empty() ? found.message : fmt::format("{} ({})", found.message, found.hint));
}

std::string_view gitlab_severity(Severity severity) {
    return severity == Severity::Error ? "major" : severity == Severity::Warning ? "minor" : "info";
}

std::string_view sarif_level(Severity severity) {
    return severity == Severity::Error ? "error" : severity == Severity::Warning ? "warning" : "note";
}

/// A path as a relative URI: whatever is neither a letter, a digit nor "-._~/" is encoded.
std::string uri(std::string_view path) {
    std::string encoded;
    for (const char c : path) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           std::string_view("-._~/").find(c) != std::string_view::npos;
        encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

Json sarif_location(const Annotation& found) {
    Json physical{{"artifactLocation", {{"uri", uri(found.file)}}}};
    if (found.line > 0) {
        physical["region"] = {{"startLine", found.line}};
        if (found.column > 0) physical["region"]["startColumn"] = found.column;
    }
    return {{"physicalLocation", physical}};
}

Json sarif_result(const Annotation& found, std::size_t rule) {
    Json result{{"ruleId", found.code},
                {"ruleIndex", rule},
                {"level", sarif_level(found.severity)},
                {"message", {{"text", described(found)}}},
                {"partialFingerprints", {{"godwit/v1", found.fingerprint()}}}};
    if (!found.file.empty()) result["locations"] = Json::array({sarif_location(found)});
    return result;
}

}  // namespace

std::string gitlab(const Report& report) {
    auto document = Json::array();
    for (const auto& found : annotations(report)) {
        Json item{{"description", described(found)},
                  {"check_name", found.code},
                  {"fingerprint", found.fingerprint()},
                  {"severity", gitlab_severity(found.severity)}};
        // GitLab takes nothing without a place.
        item["location"] = {{"path", found.file.empty() ? "." : clean(found.file)},
                            {"lines", {{"begin", std::max<std::size_t>(found.line, 1)}}}};
        document.push_back(std::move(item));
    }
    return dumped(document);
}

std::string sarif(const Report& report, std::string_view version) {
    auto rules = Json::array();
    auto results = Json::array();
    std::vector<std::string> codes;
    for (const auto& found : annotations(report)) {
        auto it = std::ranges::find(codes, found.code);
        const auto rule = static_cast<std::size_t>(it - codes.begin());
        if (it == codes.end()) {
            codes.push_back(found.code);
            rules.push_back({{"id", found.code}});
        }
        results.push_back(sarif_result(found, rule));
    }
    const Json driver{{"name", "godwit"}, {"version", version}, {"rules", rules}};
    const Json run{{"tool", {{"driver", driver}}},
                   {"automationDetails", {{"id", fmt::format("godwit {}/", report.command)}}},
                   {"columnKind", "unicodeCodePoints"},
                   {"results", results}};
    return dumped({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                   {"version", "2.1.0"},
                   {"runs", Json::array({run})}});
}

}  // namespace godwit::cli::report
