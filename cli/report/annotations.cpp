#include <fmt/format.h>

#include <algorithm>

#include "godwit/hash.hpp"
#include "godwit/utf8.hpp"
#include "report/report.hpp"

namespace godwit::cli::report {

namespace {

/// The file of a version for what is about the version, else the folder.
std::string place(const Report& report, const std::string& file, const std::string& version) {
    if (!file.empty()) return file;
    const auto it = std::ranges::find(report.files, version, &File::version);
    return version.empty() || it == report.files.end() ? report.folder : it->path;
}

Annotation annotation(const Report& report, const Finding& finding) {
    return {finding.severity, finding.code,   place(report, finding.file, finding.version),
            finding.line,     finding.column, finding.message,
            finding.hint};
}

Annotation annotation(const Report& report, const ErrorInfo& error) {
    auto hint = error.hint;
    for (const auto* part : {&error.state, &error.next}) {
        if (part->empty()) continue;
        if (!hint.empty()) hint += "; ";
        hint += part == &error.next ? "next: " + *part : *part;
    }
    return {Severity::Error,
            std::string(kind_name(error.code)),
            place(report, error.where.file, error.where.version),
            error.where.line,
            error.where.column,
            error.message,
            hint};
}

bool is_control(std::string_view character) {
    const auto byte = static_cast<unsigned char>(character.front());
    if (byte == '\n' || byte == '\t') return false;
    const bool second_set =
        character.size() == 2 && byte == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
    return byte < ' ' || byte == 0x7F || second_set;
}

}  // namespace

std::string Annotation::fingerprint() const {
    return sha256_hex(fmt::format("{}\n{}\n{}", code, file, message));
}

std::vector<Annotation> annotations(const Report& report) {
    std::vector<Annotation> found;
    for (const auto& finding : report.findings)
        found.push_back(annotation(report, finding));
    if (report.error) found.push_back(annotation(report, *report.error));
    return found;
}

std::string clean(std::string_view text) {
    std::string cleaned;
    while (!text.empty()) {
        const auto length = utf8_character(text);
        const auto character = text.substr(0, std::max<std::size_t>(length, 1));
        const bool line_end = text.starts_with("\r\n");
        if (length == 0 || (is_control(character) && !line_end))
            cleaned += "\uFFFD";
        else if (!line_end)
            cleaned += character;
        text.remove_prefix(character.size());
    }
    return cleaned;
}

}  // namespace godwit::cli::report
