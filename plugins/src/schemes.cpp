#include "schemes.hpp"

#include <algorithm>
#include <array>

namespace godwit::plugins {
namespace {

struct StockScheme {
    PluginKind kind;
    std::string_view scheme;
    std::string_view plugin;
};

// A file is found by its plugin's name, a URL has a scheme: where they differ somebody has to know. A test
// compares this table with the descriptors of the modules.
constexpr std::array kStock{
    StockScheme{PluginKind::Driver, "postgres", "postgresql"},
    StockScheme{PluginKind::Driver, "postgresql", "postgresql"},
    StockScheme{PluginKind::Driver, "pgx", "postgresql"},
    StockScheme{PluginKind::Driver, "pgx4", "postgresql"},
    StockScheme{PluginKind::Driver, "pgx5", "postgresql"},
    StockScheme{PluginKind::Driver, "mysql", "mysql"},
    StockScheme{PluginKind::Driver, "mariadb", "mysql"},
    StockScheme{PluginKind::Driver, "sqlite", "sqlite"},
    StockScheme{PluginKind::Driver, "sqlite3", "sqlite"},
    StockScheme{PluginKind::Source, "file", "filesystem"},
    StockScheme{PluginKind::Source, "embedded", "embedded"},
    StockScheme{PluginKind::Source, "http", "http"},
    StockScheme{PluginKind::Source, "https", "http"},
};

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

bool is_word(std::string_view text, std::string_view punctuation) {
    const auto fits = [&](char c) {
        return is_lower(c) || (c >= '0' && c <= '9') || punctuation.find(c) != std::string_view::npos;
    };
    return !text.empty() && is_lower(text.front()) && std::ranges::all_of(text, fits);
}

}  // namespace

bool is_scheme(std::string_view text) {
    return is_word(text, "+.-");
}

bool is_plugin_name(std::string_view text) {
    return is_word(text, "-");
}

std::string_view stock_plugin(PluginKind kind, std::string_view scheme) {
    for (const StockScheme& stock : kStock) {
        if (stock.kind == kind && stock.scheme == scheme) return stock.plugin;
    }
    return {};
}

std::vector<std::string_view> stock_schemes(PluginKind kind) {
    std::vector<std::string_view> schemes;
    for (const StockScheme& stock : kStock) {
        if (stock.kind == kind) schemes.push_back(stock.scheme);
    }
    return schemes;
}

std::vector<std::string> names_for(PluginKind kind, std::string_view scheme) {
    std::vector<std::string> names;
    if (const auto stock = stock_plugin(kind, scheme); !stock.empty()) names.emplace_back(stock);
    if (is_plugin_name(scheme) && (names.empty() || names.front() != scheme)) names.emplace_back(scheme);
    return names;
}

std::vector<std::string> split_words(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        if (end > 0) words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

}  // namespace godwit::plugins
