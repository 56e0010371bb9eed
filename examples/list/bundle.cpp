#include "bundle.hpp"

#include <godwit/error.hpp>

namespace list {
namespace {

constexpr std::string_view kMark = "=== ";
constexpr std::string_view kEnd = "end";

[[noreturn]] void broken(const std::string& name, std::size_t line, const std::string& why) {
    godwit::ErrorInfo info;
    info.code = godwit::Errc::Source;
    info.message = "bundle " + name + ", line " + std::to_string(line) + ": " + why;
    info.where.file = name;
    info.where.line = line;
    info.hint =
        "a bundle is '=== NAME' lines, each with the content of that file below it, and '=== end' at last";
    throw godwit::Error(std::move(info));
}

/// Hands out lines with their line breaks, and counts them.
class Lines {
  public:
    explicit Lines(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool more() const { return !rest_.empty(); }
    [[nodiscard]] std::size_t number() const { return number_; }

    std::string_view next() {
        ++number_;
        const std::size_t end = rest_.find('\n');
        const std::string_view line = rest_.substr(0, end == std::string_view::npos ? end : end + 1);
        rest_.remove_prefix(line.size());
        return line;
    }

  private:
    std::string_view rest_;
    std::size_t number_ = 0;
};

/// NAME of a line "=== NAME", without its line break.
std::string name_of(std::string_view line) {
    line.remove_prefix(kMark.size());
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' '))
        line.remove_suffix(1);
    return std::string(line);
}

void close(std::string* content) {
    // the line break in front of the next mark belongs to the mark
    if (content != nullptr && content->ends_with('\n')) content->pop_back();
}

}  // namespace

Files parse_bundle(std::string_view text, const std::string& name) {
    Files files;
    std::string* content = nullptr;
    Lines lines(text);
    while (lines.more()) {
        const std::string_view line = lines.next();
        if (!line.starts_with(kMark)) {
            if (content == nullptr) broken(name, lines.number(), "text in front of the first '=== NAME'");
            content->append(line);
            continue;
        }
        close(content);
        const std::string file = name_of(line);
        if (file == kEnd) {
            if (lines.more()) broken(name, lines.number() + 1, "text behind '=== end'");
            return files;
        }
        if (file.empty() || file.find('/') != std::string::npos)
            broken(name, lines.number(), "'" + file + "' is not the name of a file");
        const auto [place, fresh] = files.emplace(file, "");
        if (!fresh) broken(name, lines.number(), "'" + file + "' is there twice");
        content = &place->second;
    }
    broken(name, lines.number(), "the line '=== end' is missing: the bundle was cut short");
}

std::string write_bundle(const Files& files) {
    std::string text;
    for (const auto& [name, content] : files)
        text += std::string(kMark) + name + "\n" + content + (content.empty() ? "" : "\n");
    return text + std::string(kMark) + std::string(kEnd) + "\n";
}

}  // namespace list
