#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "godwit/embedded.hpp"
#include "godwit/error.hpp"

namespace godwit::embedded {
namespace {

constexpr std::string_view kHowTo =
    "embed a folder with godwit_embed(TARGET … NAME … DIR …) or make a plugin of it with "
    "godwit_embed_plugin(NAME … DIR …)";

Entry entry_of(const File& file) {
    Entry entry{.path = std::string(file.path)};
    if (entry.path.ends_with('/')) {
        entry.path.pop_back();
        entry.kind = EntryKind::Directory;
    } else {
        entry.size = file.content.size();
        entry.fingerprint = file.fingerprint;
    }
    return entry;
}

class EmbeddedSource final : public Source {
  public:
    explicit EmbeddedSource(const Folder& folder) : folder_(folder) {
        by_path_.reserve(folder.files.size());
        for (const File& file : folder.files)
            by_path_.emplace(file.path, &file);
    }

    std::vector<Entry> list() override {
        std::vector<Entry> entries;
        entries.reserve(folder_.files.size());
        for (const File& file : folder_.files)
            entries.push_back(entry_of(file));
        return entries;
    }

    std::string read(const Entry& entry) override {
        const auto found = by_path_.find(entry.path);
        if (found == by_path_.end() || entry.path.ends_with('/')) {
            ErrorInfo info;
            info.code = Errc::Source;
            info.message = fmt::format("there is no file {} in {}", entry.path, describe());
            info.where.file = entry.path;
            throw Error(std::move(info));
        }
        return std::string(found->second->content);
    }

    [[nodiscard]] std::string describe() const override { return fmt::format("embedded://{}", folder_.name); }

  private:
    Folder folder_;
    std::unordered_map<std::string_view, const File*> by_path_;
};

std::string known_text(const std::vector<std::string>& known) {
    if (known.empty()) return "none is embedded in this program";
    return fmt::format("embedded in this program: {}", fmt::join(known, ", "));
}

}  // namespace

/// An intrusive list: registering allocates nothing and works before main().
struct Registration::List {
    static inline std::mutex mutex;
    static inline Registration* first = nullptr;
};

Registration::Registration(const Folder& folder) noexcept : folder_(folder) {
    const std::scoped_lock lock(List::mutex);
    next_ = std::exchange(List::first, this);
}

Registration::~Registration() {
    const std::scoped_lock lock(List::mutex);
    for (Registration** at = &List::first; *at != nullptr; at = &(*at)->next_) {
        if (*at != this) continue;
        *at = next_;
        return;
    }
}

std::unique_ptr<Source> open(const Folder& folder) {
    return std::make_unique<EmbeddedSource>(folder);
}

std::unique_ptr<Source> open(std::string_view name) {
    std::vector<Folder> found;
    {
        const std::scoped_lock lock(Registration::List::mutex);
        for (const Registration* at = Registration::List::first; at != nullptr; at = at->next_) {
            if (at->folder_.name == name) found.push_back(at->folder_);
        }
    }
    if (found.size() == 1) return open(found.front());
    if (found.empty()) {
        fail(Errc::Source, fmt::format("no migrations are embedded as '{}' ({})", name, known_text(names())),
             std::string(kHowTo));
    }
    fail(Errc::Source, fmt::format("{} folders of migrations are embedded as '{}'", found.size(), name),
         "give each godwit_embed() of the program a NAME of its own");
}

std::vector<std::string> names() {
    std::vector<std::string> known;
    {
        const std::scoped_lock lock(Registration::List::mutex);
        for (const Registration* at = Registration::List::first; at != nullptr; at = at->next_)
            known.emplace_back(at->folder_.name);
    }
    std::ranges::sort(known);
    known.erase(std::unique(known.begin(), known.end()), known.end());
    return known;
}

std::string name_in(const Url& url) {
    std::string_view text = url.rest().reveal();
    if (text.starts_with("//")) text.remove_prefix(2);
    if (text.ends_with('/')) text.remove_suffix(1);
    if (text.empty()) {
        fail(Errc::Usage, fmt::format("{} does not say which migrations", url.redacted()),
             fmt::format("write embedded://NAME; {}", known_text(names())));
    }
    if (text.find_first_of("/?#@:%") != std::string_view::npos) {
        fail(Errc::Usage, fmt::format("{} says more than a name", url.redacted()),
             "write embedded://NAME and nothing behind it");
    }
    return std::string(text);
}

}  // namespace godwit::embedded
