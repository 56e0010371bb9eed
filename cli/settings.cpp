#include "settings.hpp"

#include <fmt/format.h>

#include "environment.hpp"
#include "godwit/duration.hpp"
#include "godwit/error.hpp"

namespace godwit::cli {

namespace fs = std::filesystem;

namespace {

void check(const Setting& found) {
    const auto code = found.from_file() ? Errc::Config : Errc::Usage;
    for (const auto& value : found.values)
        if (const auto problem = value_problem(*found.option, value); !problem.empty())
            fail(code, found.opaque ? fmt::format("{}: the content cannot be a value of {}", found.place,
                                                  found.option->key)
                                    : fmt::format("{}: {}", found.place, problem));
}

/// An empty variable counts as not set: that is how shells and CI systems take one away.
std::optional<Setting> from_variable(const Option& option, std::string_view name) {
    if (name.empty()) return std::nullopt;
    auto value = environment_variable(std::string(name));
    if (!value || value->empty()) return std::nullopt;
    return Setting{&option, {std::move(*value)}, Origin::Environment, std::string(name), false};
}

/// A folder's name as part of a URL: what would end the path there is encoded.
std::string folder_url(std::string_view folder) {
    std::string url = "file://";
    for (const char c : folder) {
        if (c == '%' || c == '?' || c == '#')
            url += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        else
            url += c;
    }
    return url;
}

std::string redacted_url(const std::string& text) {
    try {
        return Url::parse(text).redacted();
    } catch (const Error&) {
        return "***";  // what is no URL may still be a secret
    }
}

}  // namespace

std::string Setting::shown() const {
    std::string line;
    for (const auto& value : values) {
        if (!line.empty()) line += "; ";
        const bool pair = option->type == ValueType::Pair;
        const bool url = option->type == ValueType::Url;
        line += url      ? redacted_url(value)
                : pair   ? value.substr(0, value.find('=')) + "=***"
                : opaque ? std::string("***")
                         : value;
    }
    return line;
}

Settings::Settings(const Arguments& arguments)
    : arguments_(arguments), working_directory_(fs::current_path()) {
    const auto file = find("config");
    const auto environment = find("env");
    const auto path = file.given() ? std::optional<fs::path>(file.text()) : find_config(working_directory_);
    if (path) config_ = load_config(*path, working_directory_);
    if (!environment.given()) return;
    if (!config_)
        fail(Errc::Config,
             fmt::format("{}: there is no configuration file with an environment '{}'", environment.place,
                         environment.text()),
             "godwit init writes one");
    environment_ = &config_->environment(environment.text());
}

Setting Settings::find(const Option& option) const {
    auto found = from_options(option);
    if (!found) found = from_variables(option);
    if (!found && environment_) found = from_section(option, *environment_);
    if (!found && config_) found = from_section(option, config_->top);
    if (found) {
        check(*found);
        return *found;
    }
    if (option.fallback.empty()) return Setting{&option, {}, Origin::None, "", false};
    return Setting{&option, {std::string(option.fallback)}, Origin::Default, "default", false};
}

std::optional<Setting> Settings::from_options(const Option& option) const {
    if (!arguments_.has(option.name)) return std::nullopt;
    return Setting{&option, arguments_.values(option.name), Origin::Option, fmt::format("--{}", option.name),
                   false};
}

std::optional<Setting> Settings::from_variables(const Option& option) const {
    auto found = from_variable(option, option.env);
    return found ? found : from_variable(option, option.env_fallback);
}

std::optional<Setting> Settings::from_section(const Option& option, const ConfigSection& section) const {
    const auto it = section.values.find(option.key);
    if (option.key.empty() || it == section.values.end()) return std::nullopt;
    const auto origin = section.name.empty() ? Origin::File : Origin::FileEnvironment;
    return Setting{&option, evaluate_list(*config_, it->second), origin, config_->place(it->second),
                   is_opaque(it->second) || (option.name == "init-sql" && has_variable(it->second))};
}

Milliseconds Settings::duration(std::string_view name) const {
    return *parse_duration(find(name).text());
}

Setting Settings::database() const {
    auto found = find("database");
    if (found.given()) return found;
    std::string hint =
        "name it: --database URL (sqlite://app.db, postgres://user@host/name, mysql://user@host/name), ";
    hint += "GODWIT_DATABASE or DATABASE_URL, or database: in godwit.yaml";
    if (config_ && !config_->environments.empty() && !environment_)
        hint += "; or choose an environment with --env";
    fail(Errc::Usage, "no database is named", hint);
}

Setting Settings::source() const {
    const auto folder = arguments_.value("path");
    if (folder && arguments_.has("source")) fail(Errc::Usage, "--path and --source exclude each other");
    const auto& option = setting("source");
    if (folder) return Setting{&option, {folder_url(*folder)}, Origin::Option, "--path", false};
    auto found = find(option);
    if (found.given()) return found;
    return Setting{&option, {folder_url(default_folder().string())}, Origin::Default, "default", false};
}

/// A relative folder where it lies below the working folder, else an absolute one.
fs::path Settings::default_folder() const {
    std::error_code ignored;
    for (const auto& name : {"migrations", "db/migrations"})
        if (fs::is_directory(working_directory_ / name, ignored)) return name;
    if (config_)
        for (const auto& name : {"migrations", "db/migrations"})
            if (fs::is_directory(config_->file.parent_path() / name, ignored))
                return config_->file.parent_path() / name;
    return "migrations";
}

fs::path Settings::base(const Setting& found) const {
    return found.from_file() ? config_->file.parent_path() : working_directory_;
}

}  // namespace godwit::cli
