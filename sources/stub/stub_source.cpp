#include "stub/stub_source.hpp"

#include <fmt/format.h>

#include "godwit/error.hpp"

namespace godwit::stub {
namespace {

Entry entry_of(const std::string& name, const std::string& content) {
    if (name.ends_with('/')) return {name.substr(0, name.size() - 1), 0, EntryKind::Directory, {}};
    return {name, content.size(), EntryKind::File, {}};
}

}  // namespace

std::vector<Entry> StubSource::list() {
    std::vector<Entry> entries;
    for (const auto& [name, content] : files_)
        entries.push_back(entry_of(name, content));
    return entries;
}

std::string StubSource::read(const Entry& entry) {
    ++reads_;
    const auto found = files_.find(entry.path);
    if (found == files_.end()) {
        fail(Errc::Source, fmt::format("{}{}: the file is gone", describe(), entry.path),
             "list the files again");
    }
    if (found->second.size() != entry.size) {
        fail(Errc::Source, fmt::format("{}{}: the file changed since it was listed", describe(), entry.path),
             "run the command again");
    }
    return found->second;
}

std::unique_ptr<Source> open(const Url& url, const SourceOptions& /*options*/) {
    Files files;
    for (auto& [name, content] : url.parts().query)
        files.insert_or_assign(name, std::move(content));
    return std::make_unique<StubSource>(std::move(files));
}

}  // namespace godwit::stub
