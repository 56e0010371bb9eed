#pragma once

#include <memory>
#include <string>

#include "godwit/driver.hpp"
#include "godwit/source.hpp"
#include "godwit/url.hpp"
#include "wanted.hpp"

namespace godwit::plugins {

/// Call the plugin. A godwit::Error passes; any other exception becomes Errc::Plugin with the plugin's name
/// and without the URL's password; so does an answer without an object.
[[nodiscard]] std::unique_ptr<Driver> open_guarded(const Usable& plugin, const Url& url,
                                                   const DriverOptions& options);
[[nodiscard]] std::unique_ptr<Source> open_guarded(const Usable& plugin, const Url& url,
                                                   const SourceOptions& options);

}  // namespace godwit::plugins
