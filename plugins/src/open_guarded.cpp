#include "open_guarded.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string_view>

#include "godwit/error.hpp"

namespace godwit::plugins {
namespace {

/// What stands between the first ':' and the last '@' behind "//": the password of a URL and of a DSN alike.
std::string password_of(const Url& url) {
    std::string_view text = url.rest().reveal();
    if (text.starts_with("//")) text.remove_prefix(2);
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos) return {};
    text = text.substr(0, at);
    const std::size_t colon = text.find(':');
    return colon == std::string_view::npos ? std::string() : std::string(text.substr(colon + 1));
}

std::string without_secrets(std::string text, const Url& url) {
    const std::string password = password_of(url);
    if (password.empty()) return text;
    text = redact(std::move(text), Secret(password));
    return redact(std::move(text), Secret(percent_decode(password).value_or(password)));
}

template <class Open, class Options>
auto guarded(Open open, const Usable& plugin, const Url& url, const Options& options) {
    const auto broken = [&](const std::string& what) {
        ErrorInfo info;
        info.code = Errc::Plugin;
        info.message = fmt::format("plugin '{}' ({}) {}", plugin.name, plugin.file, what);
        info.hint = "this is a defect of the plugin: tell its author";
        return Error(std::move(info));
    };
    try {
        auto object = open(url, options);
        if (!object) throw broken("opened nothing and gave no reason");
        return object;
    } catch (const Error&) {
        throw;
    } catch (const std::exception& error) {
        throw broken("failed with an exception of its own: " + without_secrets(error.what(), url));
    } catch (...) {
        throw broken("failed with an exception of an unknown type");
    }
}

}  // namespace

std::unique_ptr<Driver> open_guarded(const Usable& plugin, const Url& url, const DriverOptions& options) {
    return guarded(plugin.entry->open_driver, plugin, url, options);
}

std::unique_ptr<Source> open_guarded(const Usable& plugin, const Url& url, const SourceOptions& options) {
    return guarded(plugin.entry->open_source, plugin, url, options);
}

}  // namespace godwit::plugins
