#include "config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include "godwit/error.hpp"
#include "godwit/nearest.hpp"
#include "godwit/utf8.hpp"
#include "options.hpp"

namespace godwit::cli {

namespace fs = std::filesystem;

namespace {

/// One pass over the tree of one file: every node becomes a plain value or an error with its place.
class Reader {
  public:
    explicit Reader(Config& config) : config_(config) {}

    void read(const YAML::Node& root) {
        if (root.IsNull()) return;
        if (!root.IsMap()) wrong(root, "the file must hold keys and values");
        read_section(root, config_.top, true);
    }

  private:
    [[noreturn]] void wrong(const YAML::Mark& mark, const std::string& message, std::string hint = {}) const {
        fail(Errc::Config,
             fmt::format("{}:{}:{}: {}", config_.shown, mark.line + 1, mark.column + 1, message),
             std::move(hint));
    }
    [[noreturn]] void wrong(const YAML::Node& node, const std::string& message, std::string hint = {}) const {
        wrong(node.Mark(), message, std::move(hint));
    }

    /// yaml-cpp would read a map with a mark of our own as one without.
    void require_no_tag(const YAML::Node& node) const {
        const auto& tag = node.Tag();
        if (!tag.empty() && tag != "?" && tag != "!" && !tag.starts_with("tag:yaml.org,2002:"))
            wrong(node, fmt::format("'{}' belongs before a text, not before several values", tag));
    }

    void read_section(const YAML::Node& node, ConfigSection& section, bool top) {
        require_no_tag(node);
        std::set<std::string> seen;
        for (const auto& pair : node) {
            if (!pair.first.IsScalar()) wrong(pair.first, "a key must be a word");
            const auto key = pair.first.Scalar();
            if (!seen.insert(key).second) wrong(pair.first, fmt::format("'{}' is there twice", key));
            read_key(key, pair.first, pair.second, section, top);
        }
    }

    void read_key(const std::string& key, const YAML::Node& at, const YAML::Node& value,
                  ConfigSection& section, bool top) {
        if (key == "<<")
            wrong(at, "merge keys (<<) are not understood",
                  top ? "write the keys out" : "what all environments share belongs to the top level");
        if (top && key == "environments") return read_environments(value);
        if (key == "protected") {
            if (top) wrong(at, "'protected' belongs to an environment", "move it below environments: NAME:");
            section.is_protected = boolean(value, key);
            return;
        }
        const auto* option = find_key(key);
        if (!option) unknown(key, at, top);
        section.values.emplace(key, typed(*option, value));
    }

    [[noreturn]] void unknown(const std::string& key, const YAML::Node& at, bool top) const {
        std::vector<std::string_view> known{top ? "environments" : "protected"};
        for (const auto* option : setting_options())
            if (!option->key.empty()) known.push_back(option->key);
        const auto close = nearest(key, known);
        wrong(at, fmt::format("unknown key '{}'", key), close ? fmt::format("did you mean {}?", *close) : "");
    }

    void read_environments(const YAML::Node& node) {
        if (node.IsNull()) return;
        if (!node.IsMap()) wrong(node, "'environments' must hold names, each with its keys");
        std::set<std::string> seen;
        for (const auto& pair : node) {
            if (!pair.first.IsScalar()) wrong(pair.first, "an environment's name must be a word");
            ConfigSection section;
            section.name = pair.first.Scalar();
            if (!seen.insert(section.name).second)
                wrong(pair.first, fmt::format("environment '{}' is there twice", section.name));
            if (!pair.second.IsNull() && !pair.second.IsMap())
                wrong(pair.second, fmt::format("environment '{}' must hold keys and values", section.name));
            if (pair.second.IsMap()) read_section(pair.second, section, false);
            config_.environments.push_back(std::move(section));
        }
    }

    /// yaml-cpp takes y, on and even a quoted "no" for booleans; a file that guards a database should not.
    bool boolean(const YAML::Node& node, std::string_view key) const {
        if (node.IsScalar() && node.Tag() != "!") {
            if (node.Scalar() == "true") return true;
            if (node.Scalar() == "false") return false;
        }
        wrong(node, fmt::format("'{}' must be true or false", key));
    }

    ConfigValue typed(const Option& option, const YAML::Node& node) const {
        if (option.type == ValueType::Flag) {
            auto value = at(node);
            value.text = boolean(node, option.key) ? "true" : "false";
            return value;
        }
        if (option.type == ValueType::Pair) return map(option, node);
        if (node.IsSequence() && node.Tag() != "!command") {
            if (!option.repeatable) wrong(node, fmt::format("'{}' must be one text, not a list", option.key));
            return list(option, node);
        }
        return text(option, node);
    }

    static ConfigValue at(const YAML::Node& node) {
        ConfigValue value;
        value.line = static_cast<std::size_t>(node.Mark().line) + 1;
        value.column = static_cast<std::size_t>(node.Mark().column) + 1;
        return value;
    }

    ConfigValue list(const Option& option, const YAML::Node& node) const {
        require_no_tag(node);
        auto value = at(node);
        value.kind = ConfigValue::Kind::List;
        for (const auto& item : node)
            value.items.push_back(text(option, item));
        return value;
    }

    ConfigValue map(const Option& option, const YAML::Node& node) const {
        if (!node.IsMap()) wrong(node, fmt::format("'{}' must hold keys and values", option.key));
        require_no_tag(node);
        auto value = at(node);
        value.kind = ConfigValue::Kind::Map;
        for (const auto& pair : node) {
            if (!pair.first.IsScalar()) wrong(pair.first, "a key must be a word");
            for (const auto& key : value.keys)
                if (key == pair.first.Scalar()) wrong(pair.first, fmt::format("'{}' is there twice", key));
            value.keys.push_back(pair.first.Scalar());
            value.items.push_back(
                text(Option{.name = option.name, .type = ValueType::Text, .key = option.key}, pair.second));
        }
        return value;
    }

    ConfigValue text(const Option& option, const YAML::Node& node) const {
        auto value = at(node);
        const auto& tag = node.Tag();
        if (tag == "!command") return command(std::move(value), option, node);
        if (!node.IsScalar()) {
            const auto what = node.IsNull()  ? "has no value"
                              : node.IsMap() ? "must be text, not keys and values"
                                             : "must be text";
            wrong(node, fmt::format("'{}' {}", option.key, what));
        }
        value.text = node.Scalar();
        if (tag == "!file") {
            value.kind = ConfigValue::Kind::File;
        } else if (tag != "?" && tag != "!" && !tag.empty() && tag != "tag:yaml.org,2002:str") {
            wrong(node, fmt::format("unknown tag '{}'", tag), "there are !file and !command");
        } else if (value.text.find("${") == std::string::npos) {
            if (const auto problem = value_problem(option, value.text); !problem.empty())
                wrong(node, fmt::format("{}: {}", option.key, problem));
        }
        return value;
    }

    ConfigValue command(ConfigValue value, const Option& option, const YAML::Node& node) const {
        value.kind = ConfigValue::Kind::Command;
        if (node.IsScalar()) value.text = node.Scalar();
        if (node.IsSequence()) {
            for (const auto& word : node) {
                if (!word.IsScalar())
                    wrong(word, fmt::format("'{}': each word of a command must be text", option.key));
                value.items.push_back(at(word));
                value.items.back().text = word.Scalar();
            }
        }
        if (value.text.empty() && value.items.empty())
            wrong(node, fmt::format("'{}': !command needs [PROGRAM, ARGUMENT…]", option.key));
        return value;
    }

    Config& config_;
};

std::string read_whole(const fs::path& file, const std::string& shown) {
    if (fs::is_directory(file)) fail(Errc::Config, fmt::format("cannot read {}: it is a folder", shown));
    const auto content = read_limited(file);
    if (!content)
        fail(Errc::Config, fmt::format("cannot read {}", shown), "give the right file behind --config");
    if (content->size() > kMostBytes)
        fail(Errc::Config,
             fmt::format("{} is longer than {} bytes: that is no configuration file", shown, kMostBytes),
             "give the right file behind --config");
    return *content;
}

/// yaml-cpp replaces what is no UTF-8, reads UTF-16 and stops at nothing: a URL must not change on its way.
void require_text(std::string_view text, const std::string& shown) {
    std::size_t line = 1, column = 1;
    for (std::size_t at = 0; at < text.size(); ++column) {
        const auto length = utf8_character(text.substr(at));
        if (length == 0 || text[at] == '\0')
            fail(Errc::Config, fmt::format("{}:{}:{}: this is no text in UTF-8", shown, line, column),
                 "save the file as UTF-8");
        if (text[at] == '\n') {
            ++line;
            column = 0;
        }
        at += length;
    }
}

/// Hears where documents begin, and nothing else.
class DocumentStarts : public YAML::EventHandler {
  public:
    void OnDocumentStart(const YAML::Mark& mark) override { starts.push_back(mark); }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}

    std::vector<YAML::Mark> starts;
};

/// YAML::Load() would leave what stands behind the first document unread, and YAML::LoadAll() never ends
/// where that begins with a ','.
void require_one_document(const std::string& text, const std::string& shown) {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    DocumentStarts heard;
    if (!parser.HandleNextDocument(heard) || !parser.HandleNextDocument(heard)) return;
    const auto& second = heard.starts.at(1);
    const auto place = fmt::format("{}:{}:{}", shown, second.line + 1, second.column + 1);
    if (second.pos == heard.starts.front().pos)
        fail(Errc::Config, fmt::format("{}: this cannot begin a key or a value", place));
    fail(Errc::Config, fmt::format("{}: a second document begins here", place),
         "one file is one document: take the '---' out");
}

}  // namespace

std::optional<std::string> read_limited(const fs::path& file) {
    std::error_code ignored;
    if (fs::is_directory(file, ignored)) return std::nullopt;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return std::nullopt;
    std::string text(kMostBytes + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad()) return std::nullopt;
    text.resize(static_cast<std::size_t>(stream.gcount()));
    return text;
}

const ConfigSection& Config::environment(std::string_view name) const {
    std::vector<std::string_view> names;
    for (const auto& section : environments) {
        if (section.name == name) return section;
        names.push_back(section.name);
    }
    const auto close = nearest(name, names);
    fail(Errc::Config, fmt::format("{} has no environment '{}'", shown, name),
         names.empty() ? "it has no environments at all"
         : close       ? fmt::format("did you mean {}?", *close)
                       : fmt::format("it has: {}", fmt::join(names, ", ")));
}

std::string Config::place(const ConfigValue& value) const {
    return fmt::format("{}:{}:{}", shown, value.line, value.column);
}

std::optional<fs::path> find_config(const fs::path& folder) {
    std::error_code ignored;
    auto root = folder;
    while (!fs::exists(root / ".git", ignored) && root != root.parent_path())
        root = root.parent_path();
    // Outside of a repository a file further up may be anybody's, and it may name programs to run.
    if (!fs::exists(root / ".git", ignored)) root = folder;
    for (auto at = folder;; at = at.parent_path()) {
        const bool plain = fs::exists(at / "godwit.yaml", ignored);
        const bool dotted = fs::exists(at / ".godwit.yaml", ignored);
        if (plain && dotted)
            fail(Errc::Config, fmt::format("both godwit.yaml and .godwit.yaml are in {}", at.string()),
                 "remove one, or name one with --config");
        if (plain) return at / "godwit.yaml";
        if (dotted) return at / ".godwit.yaml";
        if (at == root) return std::nullopt;
    }
}

Config load_config(const fs::path& file, const fs::path& working_directory) {
    Config config;
    config.file = (working_directory / file).lexically_normal();
    const auto relative = config.file.lexically_relative(working_directory);
    config.shown = relative.empty() || *relative.begin() == ".." ? config.file.string() : relative.string();
    const auto text = read_whole(config.file, config.shown);
    require_text(text, config.shown);
    try {
        require_one_document(text, config.shown);
        Reader(config).read(YAML::Load(text));
    } catch (const YAML::Exception& error) {
        fail(Errc::Config, fmt::format("{}:{}:{}: {}", config.shown, error.mark.line + 1,
                                       error.mark.column + 1, error.msg));
    }
    return config;
}

}  // namespace godwit::cli
