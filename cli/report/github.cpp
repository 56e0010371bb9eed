#include <fmt/format.h>

#include "report/report.hpp"

namespace godwit::cli::report {

namespace {

/// What the runner's own toolkit escapes: of a message, and more of a property.
std::string escaped(std::string_view text, bool property) {
    std::string result;
    for (const char c : clean(text)) {
        const bool reserved = c == '%' || c == '\n' || (property && (c == ':' || c == ','));
        result += reserved ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
    }
    return result;
}

std::string_view command_word(Severity severity) {
    return severity == Severity::Error ? "error" : severity == Severity::Warning ? "warning" : "notice";
}

std::string line_of(const Annotation& found) {
    auto line =
        fmt::format("::{} title={}", command_word(found.severity), escaped("godwit: " + found.code, true));
    if (!found.file.empty()) line += ",file=" + escaped(found.file, true);
    if (found.line > 0) line += fmt::format(",line={}", found.line);
    if (found.column > 0) line += fmt::format(",col={}", found.column);
    auto message = found.message;
    if (!found.hint.empty()) message += "\n" + found.hint;
    return fmt::format("{}::{}\n", line, escaped(message, false));
}

}  // namespace

std::string github(const Report& report) {
    std::string text;
    for (const auto& found : annotations(report))
        text += line_of(found);
    return text;
}

}  // namespace godwit::cli::report
