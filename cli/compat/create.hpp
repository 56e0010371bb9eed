#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace godwit::compat {

struct CreateWish {
    std::string name;
    std::string extension;
    std::string folder;  ///< "" = working folder
    std::string format = "20060102150405";
    std::string zone = "UTC";
    bool sequential = false;
    long digits = 6;
    std::chrono::system_clock::time_point now;
};

/// golang-migrate's `create` (facts/golang-migrate.md 2.4): writes two empty files and tells each absolute
/// path to `made` right after it exists. Returns the error's text behind "error: ", "" when all went well. An
/// unknown zone is told apart since golang-migrate prints that text without the prefix.
struct CreateResult {
    std::string error;
    bool bare_error = false;
};
CreateResult create(const CreateWish& wish, const std::function<void(std::string_view path)>& made);

}  // namespace godwit::compat
