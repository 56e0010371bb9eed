// What the values of the configuration file stand for: environment variables, files, programs.
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "config.hpp"
#include "environment.hpp"
#include "godwit/error.hpp"

namespace godwit::cli {

namespace {

using Kind = ConfigValue::Kind;

[[noreturn]] void wrong(const Config& config, const ConfigValue& value, const std::string& message,
                        std::string hint = {}) {
    fail(Errc::Config, fmt::format("{}: {}", config.place(value), message), std::move(hint));
}

/// The content of one ${…}: NAME, NAME:-default or NAME:?message.
std::string variable(const Config& config, const ConfigValue& value, std::string_view inside) {
    const auto colon = inside.find(':');
    const auto name = std::string(inside.substr(0, colon));
    const auto rest = colon == std::string_view::npos ? std::string_view() : inside.substr(colon + 1);
    if (name.empty() || (colon != std::string_view::npos && !rest.starts_with('-') && !rest.starts_with('?')))
        wrong(config, value,
              fmt::format("'${{{}}}' is none of ${{NAME}}, ${{NAME:-default}}, ${{NAME:?message}}", inside));
    const auto found = environment_variable(name);
    if (found && !found->empty()) return *found;
    if (rest.starts_with('-')) return std::string(rest.substr(1));
    if (rest.starts_with('?')) wrong(config, value, fmt::format("{}: {}", name, rest.substr(1)));
    wrong(config, value, fmt::format("the environment variable {} is not set", name),
          fmt::format("set it, or give a default: ${{{}:-…}}", name));
}

/// `$${` stands for a literal `${`.
std::string expand(const Config& config, const ConfigValue& value) {
    std::string result;
    std::string_view rest = value.text;
    for (auto at = rest.find("${"); at != std::string_view::npos; at = rest.find("${")) {
        if (at > 0 && rest[at - 1] == '$') {
            result.append(rest.substr(0, at - 1)).append("${");
            rest.remove_prefix(at + 2);
            continue;
        }
        const auto end = rest.find('}', at);
        if (end == std::string_view::npos) wrong(config, value, "'${' without its '}'");
        result.append(rest.substr(0, at));
        result += variable(config, value, rest.substr(at + 2, end - at - 2));
        rest.remove_prefix(end + 1);
    }
    return result.append(rest);
}

std::string without_line_end(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.pop_back();
    return text;
}

std::string file_content(const Config& config, const ConfigValue& value) {
    auto name = expand(config, value);
    if (name.starts_with("file://")) name.erase(0, 7);
    const auto content = read_limited(config.file.parent_path() / name);
    if (!content) wrong(config, value, fmt::format("!file {}: it cannot be read", name));
    if (content->size() > kMostBytes)
        wrong(config, value, fmt::format("!file {}: it is longer than {} bytes", name, kMostBytes));
    return without_line_end(*content);
}

class Pipe {
  public:
    Pipe() {
        if (pipe2(ends_, O_CLOEXEC) != 0) fail(Errc::Internal, fmt::format("pipe: {}", std::strerror(errno)));
    }
    ~Pipe() {
        close(ends_[0]);
        close_writer();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    [[nodiscard]] int writer() const { return ends_[1]; }
    void close_writer() {
        if (ends_[1] >= 0) close(ends_[1]);
        ends_[1] = -1;
    }
    /// To the end, or to where it has become longer than `most`.
    [[nodiscard]] std::string read_all(std::size_t most) const {
        std::string text;
        char buffer[4096];
        for (ssize_t got = 0; text.size() <= most && (got = read(ends_[0], buffer, sizeof buffer)) != 0;) {
            if (got > 0) text.append(buffer, static_cast<std::size_t>(got));
            if (got < 0 && errno != EINTR) break;
        }
        return text;
    }

  private:
    int ends_[2] = {-1, -1};
};

/// Runs the program in the configuration file's folder, without a shell; gives its exit status and output.
std::pair<int, std::string> run(std::vector<std::string> words, const std::filesystem::path& folder) {
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (auto& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    Pipe pipe;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe.writer(), STDOUT_FILENO);
    posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    pid_t child = 0;
    const int error = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) return {-error, {}};
    pipe.close_writer();
    auto output = pipe.read_all(kMostBytes);
    if (output.size() > kMostBytes) kill(child, SIGKILL);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), std::move(output)};
}

/// The words of a process are there for all users of the machine to read: no variable's content gets in.
std::string program_word(const Config& config, const ConfigValue& word) {
    std::string result;
    std::string_view rest = word.text;
    for (auto at = rest.find("${"); at != std::string_view::npos; at = rest.find("${")) {
        if (at == 0 || rest[at - 1] != '$')
            wrong(config, word, "${…} in a word of !command: every user of the machine could read it there",
                  "the program has the environment and can read the variable itself; or write one text for a "
                  "shell: "
                  "!command \"program $NAME\"");
        result.append(rest.substr(0, at - 1)).append("${");
        rest.remove_prefix(at + 2);
    }
    return result.append(rest);
}

std::string command_output(const Config& config, const ConfigValue& value) {
    std::vector<std::string> words;
    if (!value.text.empty()) words = {"sh", "-c", value.text};
    for (const auto& item : value.items)
        words.push_back(program_word(config, item));
    const auto shown = value.text.empty() ? words.front() : std::string("sh -c …");
    const auto [status, output] = run(words, config.file.parent_path());
    if (output.size() > kMostBytes)
        wrong(config, value, fmt::format("!command {} printed more than {} bytes", shown, kMostBytes));
    if (status < 0) wrong(config, value, fmt::format("!command {}: {}", shown, std::strerror(-status)));
    if (status > 0) wrong(config, value, fmt::format("!command {} ended with exit code {}", shown, status));
    return without_line_end(output);
}

}  // namespace

bool is_opaque(const ConfigValue& value) {
    return value.kind == Kind::File || value.kind == Kind::Command ||
           std::ranges::any_of(value.items, is_opaque);
}

bool has_variable(const ConfigValue& value) {
    const auto at = value.text.find("${");
    const bool own = at != std::string::npos && (at == 0 || value.text[at - 1] != '$');
    return own || std::ranges::any_of(value.items, has_variable);
}

std::string evaluate(const Config& config, const ConfigValue& value) {
    std::string text;
    if (value.kind == Kind::File) text = file_content(config, value);
    if (value.kind == Kind::Command) text = command_output(config, value);
    if (value.kind == Kind::Text) text = expand(config, value);
    if (text.empty()) wrong(config, value, "the value is empty");
    return text;
}

std::vector<std::string> evaluate_list(const Config& config, const ConfigValue& value) {
    std::vector<std::string> texts;
    if (value.kind == Kind::Map) {
        for (std::size_t i = 0; i < value.items.size(); ++i)
            texts.push_back(value.keys[i] + "=" + evaluate(config, value.items[i]));
    } else if (value.kind == Kind::List) {
        for (const auto& item : value.items)
            texts.push_back(evaluate(config, item));
    } else {
        texts.push_back(evaluate(config, value));
    }
    return texts;
}

}  // namespace godwit::cli
