#include "list_source.hpp"

#include <godwit/error.hpp>
#include <godwit/hash.hpp>
#include <godwit/plugin.hpp>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

namespace list {

using godwit::Errc;
using godwit::fail;

Files ListSource::load() const {
    errno = 0;
    std::ifstream in(file_, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in.is_open() || in.bad() || std::filesystem::is_directory(file_))
        fail(Errc::Source,
             "bundle " + file_.string() + " cannot be read" +
                 (errno == 0 ? "" : ": " + std::generic_category().message(errno)),
             "name a text file: --source list://FILE");
    return parse_bundle(text, file_.string());
}

std::vector<godwit::Entry> ListSource::list() {
    files_ = load();
    listed_ = true;
    std::vector<godwit::Entry> entries;
    for (const auto& [name, content] : files_)
        entries.push_back({name, content.size(), godwit::EntryKind::File, godwit::sha256_hex(content)});
    return entries;
}

std::string ListSource::read(const godwit::Entry& entry) {
    if (!listed_) (void)list();
    const auto found = files_.find(entry.path);
    if (found == files_.end())
        fail(Errc::Source, "bundle " + file_.string() + " holds no file '" + entry.path + "'");
    if (!entry.fingerprint.empty() && entry.fingerprint != godwit::sha256_hex(found->second))
        fail(Errc::Source,
             "'" + entry.path + "' in bundle " + file_.string() + " changed since it was listed",
             "run the command again");
    return found->second;
}

std::unique_ptr<godwit::Source> open(const godwit::Url& url, const godwit::SourceOptions& options) {
    std::string path = url.rest().reveal();
    if (path.starts_with("//")) path.erase(0, 2);
    const auto decoded = godwit::percent_decode(path);
    if (!decoded || decoded->empty())
        fail(Errc::Usage, url.redacted() + ": the name of a file is expected behind list://",
             "for example list://migrations.sql.txt");
    return std::make_unique<ListSource>(options.working_directory / *decoded);
}

}  // namespace list

GODWIT_SOURCE_PLUGIN(list, "list", "list", "1.0.0", "All migrations in one text file", &list::open);
