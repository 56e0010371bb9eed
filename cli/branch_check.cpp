#include "branch_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "godwit/diff.hpp"
#include "godwit/error.hpp"
#include "godwit/script.hpp"

namespace godwit::cli {

namespace {

class Comparison {
  public:
    explicit Comparison(const BranchSides& sides) : sides_(sides) {}

    std::vector<Finding> findings() {
        for (const Finding& finding : sides_.ours.set.findings)
            if (finding.severity == Severity::Error) found_.push_back(finding);
        for (const Migration& theirs : sides_.merged.set.in_order)
            compare_merged(theirs);
        for (const Migration& ours : sides_.ours.set.in_order)
            if (!sides_.merged.set.find(ours.version)) judge_new(ours);
        return std::move(found_);
    }

  private:
    void add(std::string_view code, Severity severity, const Version& version, const std::string& file,
             std::string message, std::string hint, std::string detail = {}) {
        found_.push_back({std::string(code), severity, version.text(), file, std::move(message),
                          std::move(hint), std::move(detail)});
    }

    void compare_merged(const Migration& theirs) {
        const auto index = sides_.ours.set.find(theirs.version);
        if (!index) return judge_gone(theirs);
        const Migration& ours = sides_.ours.set.in_order[*index];
        compare(theirs, theirs.up, ours.up);
        compare(theirs, theirs.down, ours.down);
    }

    void compare(const Migration& theirs, const std::optional<Half>& merged,
                 const std::optional<Half>& ours) {
        if (!merged) return;
        const auto& path = merged->entry.path;
        if (!ours) {
            if (was_there(path)) add_removed(theirs, path);
            return;
        }
        const bool same_name = path == ours->entry.path;
        if (was_there(path) && !same_name)
            add("renamed-migration", Severity::Warning, theirs.version, ours->entry.path,
                fmt::format("{} is merged in {} and is called {} here", path, sides_.ref, ours->entry.path),
                "leave what is merged as it is");
        if (was_there(path)) return compare_content(theirs, *merged, *ours);
        if (same_name && id_of(sides_.ours, path) == id_of(sides_.merged, path)) return;
        add("duplicate-version", Severity::Error, theirs.version, ours->entry.path,
            fmt::format("{} has taken version {} meanwhile: {} there, {} here", sides_.ref,
                        theirs.version.text(), path, ours->entry.path),
            fmt::format("merge {}, then: godwit rename --after-latest {}", sides_.ref, ours->entry.path));
    }

    /// Ours differs from what is merged, and it is not the ref that changed it.
    void compare_content(const Migration& theirs, const Half& merged, const Half& ours) {
        const auto now = id_of(sides_.ours, ours.entry.path);
        const auto there = id_of(sides_.merged, merged.entry.path);
        if (now == there || now == sides_.base.find(merged.entry.path)->second) return;
        const auto before = sides_.content(there);
        const auto after = sides_.content_of_ours(ours.entry);
        const bool layout = same_tokens(before, after);
        const bool tolerated = layout && sides_.rule == ChecksumRule::Tokens;
        add("edited-migration", tolerated ? Severity::Info : Severity::Error, theirs.version, ours.entry.path,
            fmt::format("{} is merged in {} and was edited here: {}", ours.entry.path, sides_.ref,
                        layout ? "only comments or white space changed" : "its statements changed"),
            tolerated ? "" : "restore it, and put the change into a new migration",
            unified_diff(before, after, fmt::format("{} ({})", merged.entry.path, sides_.ref),
                         fmt::format("{} (here)", ours.entry.path)));
    }

    /// No database is asked, so that its dialect is not known: what the plain rules cannot read counts as
    /// changed.
    static bool same_tokens(const std::string& before, const std::string& after) {
        try {
            return Script::parse(before, generic_dialect()).token_sha256() ==
                   Script::parse(after, generic_dialect()).token_sha256();
        } catch (const Error&) {
            return false;
        }
    }

    void judge_gone(const Migration& theirs) {
        const Half& half = theirs.up ? *theirs.up : *theirs.down;
        if (!was_there(half.entry.path)) return;  // it came to the ref after this branch had left
        if (const Migration* moved = moved_to(id_of(sides_.merged, half.entry.path))) {
            const Half& now = moved->up ? *moved->up : *moved->down;
            add("reordered-migration", Severity::Error, theirs.version, now.entry.path,
                fmt::format("{} is merged in {} and has another version here: {}", half.entry.path,
                            sides_.ref, now.entry.path),
                "give it its version back: databases have applied it under that one");
            return;
        }
        add_removed(theirs, half.entry.path);
    }

    void add_removed(const Migration& theirs, const std::string& path) {
        add("removed-migration", Severity::Error, theirs.version, path,
            fmt::format("{} is merged in {} and is not here", path, sides_.ref),
            "bring it back: databases have applied it");
    }

    void judge_new(const Migration& ours) {
        const Half& half = ours.up ? *ours.up : *ours.down;
        const auto& merged = sides_.merged.set.in_order;
        if (merged.empty() || was_there(half.entry.path) || moved_from(half.entry.path)) return;
        if (merged.back().version < ours.version) return;
        add("older-than-merged", Severity::Error, ours.version, half.entry.path,
            fmt::format(
                "{} is new and older than {}, which is merged in {}: databases that have applied that "
                "one would find it out of order",
                half.entry.path, merged.back().version.text(), sides_.ref),
            fmt::format("merge {}, then: godwit rename --after-latest {}", sides_.ref, ours.version.text()));
    }

    [[nodiscard]] bool was_there(const std::string& path) const {
        return sides_.base.find(path) != sides_.base.end();
    }

    static std::string id_of(const BranchSide& side, const std::string& path) {
        const auto found = side.ids.find(path);
        return found == side.ids.end() ? std::string() : found->second;
    }

    /// The migration of ours with this content and a version that is not merged.
    [[nodiscard]] const Migration* moved_to(const std::string& id) const {
        for (const Migration& ours : sides_.ours.set.in_order) {
            if (sides_.merged.set.find(ours.version)) continue;
            const Half& half = ours.up ? *ours.up : *ours.down;
            if (id_of(sides_.ours, half.entry.path) == id) return &ours;
        }
        return nullptr;
    }

    /// Whether this new file was told already as one that moved.
    [[nodiscard]] bool moved_from(const std::string& path) const {
        return std::any_of(found_.begin(), found_.end(), [&](const Finding& finding) {
            return finding.code == "reordered-migration" && finding.file == path;
        });
    }

    const BranchSides& sides_;
    std::vector<Finding> found_;
};

}  // namespace

std::vector<Finding> branch_findings(const BranchSides& sides) {
    return Comparison(sides).findings();
}

}  // namespace godwit::cli
