#include <godwit/error.hpp>

#include <charconv>

#include "notebook.hpp"

namespace notebook {
namespace {

constexpr std::string_view kTitle = "notebook 1";

/// Tabs separate fields and line breaks end records: both are escaped inside.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '\\':
                out += "\\\\";
                break;
            case '\t':
                out += "\\t";
                break;
            case '\n':
                out += "\\n";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string plain(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        const char c = text[++i];
        out += c == 't' ? '\t' : c == 'n' ? '\n' : c;
    }
    return out;
}

/// One line: a word and its fields.
class Record {
  public:
    explicit Record(std::string_view word) : text_(word) {}
    Record& add(std::string_view field) {
        text_ += '\t' + escaped(field);
        return *this;
    }
    Record& add(std::integral auto number) { return add(std::string_view(std::to_string(number))); }
    [[nodiscard]] std::string line() const { return text_ + '\n'; }

  private:
    std::string text_;
};

std::string print_row(const godwit::HistoryRow& row) {
    return Record("history")
        .add(row.id)
        .add(row.version)
        .add(row.name)
        .add(godwit::direction_name(row.direction))
        .add(row.kind)
        .add(godwit::history_state_name(row.state))
        .add(row.checksum)
        .add(row.token_checksum)
        .add(row.statements_done)
        .add(row.statements_total)
        .add(row.started_at.time_since_epoch().count())
        .add(static_cast<std::int64_t>(row.duration_ms * 1000))
        .add(row.os_user)
        .add(row.host)
        .add(row.tool_version)
        .add(row.run_id)
        .add(row.error)
        .add(row.version_after)
        .add(static_cast<int>(row.has_down_script))
        .add(row.down_script)
        .line();
}

/// Takes the fields of a line one after the other.
class Fields {
  public:
    Fields(std::string_view line, const std::string& file, std::size_t number)
        : rest_(line), file_(file), number_(number) {}

    std::string text() {
        if (done_) broken("a field is missing");
        const std::size_t tab = rest_.find('\t');
        const std::string field = plain(rest_.substr(0, tab));
        done_ = tab == std::string_view::npos;
        rest_.remove_prefix(done_ ? rest_.size() : tab + 1);
        return field;
    }
    template <class Number>
    Number number() {
        const std::string field = text();
        Number value{};
        const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
        if (error != std::errc() || end != field.data() + field.size())
            broken("'" + field + "' is no number");
        return value;
    }
    template <class Value>
    Value known(const std::optional<Value>& value) {
        if (!value) broken("a word is not known");
        return *value;
    }
    [[noreturn]] void broken(const std::string& why) const {
        godwit::fail(godwit::Errc::Connect,
                     "notebook " + file_ + " is damaged in line " + std::to_string(number_) + ": " + why,
                     "restore the file");
    }

  private:
    std::string_view rest_;
    const std::string& file_;
    std::size_t number_;
    bool done_ = false;
};

godwit::HistoryRow parse_row(Fields& fields) {
    godwit::HistoryRow row;
    row.id = fields.number<std::int64_t>();
    row.version = fields.text();
    row.name = fields.text();
    row.direction = fields.text() == "up" ? godwit::Direction::Up : godwit::Direction::Down;
    row.kind = fields.text();
    row.state = fields.known(godwit::parse_history_state(fields.text()));
    row.checksum = fields.text();
    row.token_checksum = fields.text();
    row.statements_done = fields.number<std::size_t>();
    row.statements_total = fields.number<std::size_t>();
    row.started_at = godwit::Timestamp(std::chrono::microseconds(fields.number<std::int64_t>()));
    row.duration_ms = static_cast<double>(fields.number<std::int64_t>()) / 1000;
    row.os_user = fields.text();
    row.host = fields.text();
    row.tool_version = fields.text();
    row.run_id = fields.text();
    row.error = fields.text();
    row.version_after = fields.text();
    row.has_down_script = fields.number<int>() != 0;
    row.down_script = fields.text();
    return row;
}

void parse_line(Notebook& notebook, Fields fields) {
    const std::string word = fields.text();
    if (word == "note") {
        const std::string key = fields.text();
        notebook.notes[key] = fields.text();
    } else if (word == "version") {
        notebook.has_version_table = true;
        const std::string version = fields.text();
        if (!version.empty()) notebook.version = fields.known(godwit::Version::parse(version));
        notebook.dirty = fields.number<int>() != 0;
    } else if (word == "table") {
        notebook.has_history_table = true;
    } else if (word == "history") {
        notebook.history.push_back(parse_row(fields));
    } else {
        fields.broken("'" + word + "' is not known");
    }
}

}  // namespace

std::string print(const Notebook& notebook) {
    std::string text = std::string(kTitle) + '\n';
    for (const auto& [key, value] : notebook.notes)
        text += Record("note").add(key).add(value).line();
    if (notebook.has_version_table)
        text += Record("version")
                    .add(notebook.version ? notebook.version->canonical() : "")
                    .add(static_cast<int>(notebook.dirty))
                    .line();
    if (notebook.has_history_table) text += Record("table").line();
    for (const auto& row : notebook.history)
        text += print_row(row);
    return text;
}

Notebook parse(std::string_view text, const std::string& file) {
    Notebook notebook;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = text.find('\n');
        Fields fields(text.substr(0, end), file, number);
        if (end == std::string_view::npos) fields.broken("it does not end");
        if (number == 1 && text.substr(0, end) != kTitle) fields.broken("this is no notebook");
        if (number > 1) parse_line(notebook, fields);
        text.remove_prefix(end + 1);
    }
    return notebook;
}

}  // namespace notebook
