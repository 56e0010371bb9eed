#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "godwit/plugin.hpp"

namespace godwit::plugins {

/// True for `[a-z][a-z0-9+.-]*`: what may become part of a file name.
[[nodiscard]] bool is_scheme(std::string_view text);
/// True for `[a-z][a-z0-9-]*`.
[[nodiscard]] bool is_plugin_name(std::string_view text);

/// The name of godwit's own plugin for a scheme; "" where the scheme is nobody's of ours.
[[nodiscard]] std::string_view stock_plugin(PluginKind kind, std::string_view scheme);
/// All schemes of godwit's own plugins of a kind.
[[nodiscard]] std::vector<std::string_view> stock_schemes(PluginKind kind);

/// Names of plugins whose files are tried for a URL scheme, most likely first.
[[nodiscard]] std::vector<std::string> names_for(PluginKind kind, std::string_view scheme);

/// Space-separated words.
[[nodiscard]] std::vector<std::string> split_words(std::string_view text);

}  // namespace godwit::plugins
