#pragma once

#include <godwit/ledger.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A database in one text file: notes with a key, and the ledger beside them. The file is replaced as a
/// whole, so that a script and its ledger change are kept together or not at all.
namespace notebook {

struct Notebook {
    std::map<std::string, std::string> notes;
    bool has_version_table = false;
    bool has_history_table = false;
    std::optional<godwit::Version> version;
    bool dirty = false;
    std::vector<godwit::HistoryRow> history;  ///< oldest first

    [[nodiscard]] bool empty() const { return notes.empty() && !has_version_table && !has_history_table; }
};

/// The text of the file, and back. parse() throws godwit::Error of kind connect, naming the line.
[[nodiscard]] std::string print(const Notebook& notebook);
[[nodiscard]] Notebook parse(std::string_view text, const std::string& file);

/// A file that is not there is an empty notebook.
[[nodiscard]] Notebook load(const std::filesystem::path& file);
/// Durable when it returns: written beside the file, synchronised, then renamed. An empty notebook has no
/// file.
void save(const Notebook& notebook, const std::filesystem::path& file);

}  // namespace notebook
