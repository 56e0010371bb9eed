#include <fmt/format.h>

#include <algorithm>

#include "godwit/error.hpp"
#include "godwit/migration.hpp"

namespace godwit {

std::optional<std::size_t> MigrationSet::find(const Version& version) const {
    const auto found = std::lower_bound(in_order.begin(), in_order.end(), version,
                                        [](const Migration& m, const Version& v) { return m.version < v; });
    if (found == in_order.end() || found->version != version) return std::nullopt;
    return static_cast<std::size_t>(found - in_order.begin());
}

void MigrationSet::require_sound() const {
    const auto is_error = [](const Finding& finding) { return finding.severity == Severity::Error; };
    const auto first = std::find_if(findings.begin(), findings.end(), is_error);
    if (first == findings.end()) return;
    const auto more = std::count_if(first + 1, findings.end(), is_error);
    ErrorInfo info;
    info.code = Errc::Validation;
    info.message = more == 0 ? first->message : fmt::format("{} (and {} more)", first->message, more);
    info.where.file = first->file;
    info.where.version = first->version;
    info.hint = first->hint;
    info.state = "nothing was run";
    info.next = more == 0 ? "" : "godwit validate lists them all";
    throw Error(std::move(info));
}

}  // namespace godwit
