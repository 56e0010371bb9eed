#include "each/report.hpp"

#include <algorithm>
#include <array>

namespace godwit::cli {

std::string_view target_outcome_name(TargetOutcome outcome) noexcept {
    switch (outcome) {
        case TargetOutcome::Done:
            return "done";
        case TargetOutcome::Failed:
            return "failed";
        case TargetOutcome::Interrupted:
            return "interrupted";
        case TargetOutcome::NotTried:
            return "not-tried";
    }
    return "";
}

std::size_t EachReport::count(TargetOutcome outcome) const {
    return static_cast<std::size_t>(std::ranges::count(targets, outcome, &TargetReport::outcome));
}

std::size_t EachReport::migrations() const {
    std::size_t all = 0;
    for (const auto& target : targets)
        all += dry_run ? target.planned.size() : target.result ? target.result->done.size() : 0;
    return all;
}

int EachReport::exit_code() const {
    const bool undone = count(TargetOutcome::Interrupted) > 0 || count(TargetOutcome::NotTried) > 0;
    if (interrupted && undone) return godwit::exit_code(Errc::Interrupted);
    // what a migration left behind comes before what was never begun
    constexpr auto kWorstFirst = std::to_array<int>({1, 4, 5, 6, 7, 2, 3});
    for (const int code : kWorstFirst)
        if (std::ranges::find(targets, code, &TargetReport::exit_code) != targets.end()) return code;
    return 0;
}

}  // namespace godwit::cli
