#include <fmt/format.h>

#include <algorithm>

#include "render/format.hpp"
#include "report/report.hpp"

namespace godwit::cli::report {

namespace {

/// GitHub takes a summary of 1 MiB, a comment of 64 KiB: the SQL that is shown stays well below the first.
constexpr std::size_t kMostSqlOfStep = std::size_t{16} << 10;
constexpr std::size_t kMostSql = std::size_t{256} << 10;

/// Text within a line, of which nothing is Markdown or HTML.
std::string plain(std::string_view text) {
    std::string escaped;
    for (const char c : clean(text)) {
        if (std::string_view("\\`*_[]#|~").find(c) != std::string_view::npos) {
            escaped += '\\';
            escaped += c;
        } else if (c == '<' || c == '&' || c == '@') {
            escaped += fmt::format("&#{};", static_cast<int>(c));
        } else {
            escaped += c == '\n' || c == '\t' ? ' ' : c;
        }
    }
    return escaped;
}

/// The longest run of backticks in `text`.
std::size_t backticks(std::string_view text) {
    std::size_t longest = 0, run = 0;
    for (const char c : text) {
        run = c == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    return longest;
}

/// Code within a line.
std::string code(std::string_view text) {
    auto inside = clean(text);
    std::ranges::replace(inside, '\n', ' ');
    if (inside.empty()) return {};
    const std::string fence(backticks(inside) + 1, '`');
    const bool touches = inside.front() == '`' || inside.back() == '`';
    return fmt::format("{0}{2}{1}{2}{0}", fence, inside, touches ? " " : "");
}

/// The same in a table, where a bar would end the cell.
std::string cell(std::string_view text) {
    std::string escaped;
    for (const char c : code(text)) {
        if (c == '|') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

std::string block(std::string_view text, std::string_view language) {
    auto inside = clean(text);
    const std::string fence(std::max<std::size_t>(backticks(inside) + 1, 3), '`');
    if (!inside.ends_with('\n')) inside += '\n';
    return fmt::format("{}{}\n{}{}\n", fence, language, inside, fence);
}

std::string step_table(const Report& report) {
    if (report.steps.empty()) return {};
    std::string text =
        "\n| | version | name | statements | how | can be undone |\n|---|---|---|---|---|---|\n";
    for (const auto& step : report.steps) {
        const bool up = step.direction == Direction::Up;
        const auto* undo = !up ? "" : step.reversible ? "yes" : "**no**";
        text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", up ? "↑" : "↓ down", cell(step.version),
                            cell(step.name), step.statements, plain(step.how), undo);
    }
    return text;
}

std::string remarks(const Report& report) {
    std::string text;
    for (const auto& step : report.steps)
        for (const auto& remark : step.remarks)
            text += fmt::format("- {} {}: {}\n", code(step.version), code(step.name), plain(remark));
    return text.empty() ? text : "\n### Look at\n\n" + text;
}

std::string findings(const Report& report) {
    if (report.findings.empty()) return {};
    std::string text = "\n### Findings\n\n| severity | what | where | message |\n|---|---|---|---|\n";
    for (const auto& found : report.findings) {
        const auto where = found.line > 0 ? fmt::format("{}:{}", found.file, found.line) : found.file;
        const auto hint = found.hint.empty() ? std::string() : fmt::format(" ({})", plain(found.hint));
        text += fmt::format("| {} | {} | {} | {}{} |\n", severity_name(found.severity), cell(found.code),
                            cell(where), plain(found.message), hint);
    }
    for (const auto& found : report.findings)
        if (!found.detail.empty()) text += "\n" + block(found.detail, "diff");
    return text;
}

std::string failure(const ErrorInfo& error) {
    std::string text = "\n### Failed\n\n";
    const auto& where = error.where;
    if (!where.file.empty())
        text += code(where.line > 0 ? fmt::format("{}:{}:{}", where.file, where.line, where.column)
                                    : where.file) +
                "\n\n";
    auto lines = error.excerpt;
    if (!lines.empty() && !lines.ends_with('\n')) lines += '\n';
    lines += server_message(error);
    if (!error.detail.empty()) lines += "\ndetail: " + error.detail;
    text += block(lines, "text");
    for (const auto& [label, told] :
         {std::pair("hint", error.hint), std::pair("state", error.state), std::pair("next", error.next)})
        if (!told.empty()) text += fmt::format("\n**{}:** {}\n", label, plain(told));
    return text;
}

/// The start of a script that is too long, up to the end of a line.
std::string shortened(const std::string& sql, std::size_t most) {
    if (sql.size() <= most) return sql;
    const auto end = sql.rfind('\n', most);
    const auto kept = end == std::string::npos ? 0 : end + 1;
    return fmt::format("{}-- … and {} bytes more\n", sql.substr(0, kept), sql.size() - kept);
}

std::string sql_of(const Report& report) {
    std::string text;
    for (const auto& step : report.steps) {
        if (step.sql.empty()) continue;
        const auto left = kMostSql - std::min(kMostSql, text.size());
        text +=
            fmt::format("\n<details><summary>SQL of {} {}</summary>\n\n{}\n</details>\n", plain(step.version),
                        plain(step.name), block(shortened(step.sql, std::min(left, kMostSqlOfStep)), "sql"));
    }
    return text;
}

}  // namespace

std::string markdown(const Report& report) {
    auto text = fmt::format("## godwit {}\n\n", plain(report.command));
    if (!report.database.empty()) text += code(report.database) + "  \n";
    text += report.error ? "**failed**: " + plain(report.error->message) : plain(report.outcome);
    text += "\n" + step_table(report) + remarks(report);
    if (report.error) text += failure(*report.error);
    return text + findings(report) + sql_of(report);
}

}  // namespace godwit::cli::report
