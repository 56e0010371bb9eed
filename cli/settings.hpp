#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "args.hpp"
#include "config.hpp"
#include "godwit/deadline.hpp"
#include "godwit/url.hpp"

namespace godwit::cli {

/// Where an effective value comes from, strongest first.
enum class Origin : std::uint8_t { Option, Environment, FileEnvironment, File, Default, None };

struct Setting {
    const Option* option = nullptr;
    std::vector<std::string> values;  ///< more than one only for repeatable options; may hold secrets
    Origin origin = Origin::None;
    std::string place;    ///< "--database", "DATABASE_URL", "godwit.yaml:3:11", "default"
    bool opaque = false;  ///< made by !file or !command: shown only as far as it is a URL

    [[nodiscard]] bool given() const { return origin < Origin::Default; }
    [[nodiscard]] bool from_file() const {
        return origin == Origin::FileEnvironment || origin == Origin::File;
    }
    [[nodiscard]] std::string text() const { return values.empty() ? std::string() : values.back(); }
    /// Fit for every message: URLs without their secrets, "***" for what must not be shown at all.
    [[nodiscard]] std::string shown() const;
};

/// Options, environment, configuration file and defaults, in this order. Values are looked up when they are
/// asked for, so that a command which needs no database runs no `!command`.
class Settings {
  public:
    /// Finds and checks the configuration file. Throws Errc::Config.
    explicit Settings(const Arguments& arguments);

    /// The effective value of a setting (options.hpp). Throws Errc::Usage or Errc::Config naming the place.
    [[nodiscard]] Setting find(const Option& option) const;
    [[nodiscard]] Setting find(std::string_view name) const { return find(setting(name)); }
    [[nodiscard]] Milliseconds duration(std::string_view name) const;
    /// As find("database"), but throws Errc::Usage which says how to name one.
    [[nodiscard]] Setting database() const;
    /// `--path` and `--source` in one, with the default folders. Throws Errc::Usage or Errc::Source.
    [[nodiscard]] Setting source() const;
    /// The folder from which a relative path of this setting counts.
    [[nodiscard]] std::filesystem::path base(const Setting& found) const;

    [[nodiscard]] const Config* config() const { return config_ ? &*config_ : nullptr; }
    [[nodiscard]] std::string environment() const { return environment_ ? environment_->name : ""; }
    /// Drop, down --all and force ask for the environment's name.
    [[nodiscard]] bool is_protected() const { return environment_ && environment_->is_protected; }
    [[nodiscard]] const std::filesystem::path& working_directory() const { return working_directory_; }

  private:
    [[nodiscard]] std::optional<Setting> from_options(const Option& option) const;
    [[nodiscard]] std::optional<Setting> from_variables(const Option& option) const;
    [[nodiscard]] std::optional<Setting> from_section(const Option& option,
                                                      const ConfigSection& section) const;
    [[nodiscard]] std::filesystem::path default_folder() const;

    const Arguments& arguments_;
    std::filesystem::path working_directory_;
    std::optional<Config> config_;
    const ConfigSection* environment_ = nullptr;
};

}  // namespace godwit::cli
