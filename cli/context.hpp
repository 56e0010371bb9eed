#pragma once

#include <optional>
#include <string>
#include <utility>

#include "args.hpp"
#include "output.hpp"
#include "settings.hpp"

namespace godwit::cli {

/// What a command is given.
struct Context {
    Context(const Arguments& given, Output& streams) : arguments(given), output(streams) {}

    /// Looked up when a command asks for the first time.
    Settings& settings() {
        if (!settings_) settings_.emplace(arguments);
        return *settings_;
    }

    const Arguments& arguments;
    Output& output;

  private:
    std::optional<Settings> settings_;
};

}  // namespace godwit::cli
