#include "suite.hpp"

#include <exception>

namespace godwit::contract {
namespace {

std::string quoted(std::string_view text) {
    constexpr std::size_t longest = 200;
    return "'" + std::string(text.substr(0, longest)) + (text.size() > longest ? "…'" : "'");
}

std::string tell(const Error& error) {
    const ErrorInfo& info = error.info();
    return std::string(kind_name(info.code)) + ": " + info.message +
           (info.detail.empty() ? "" : " (" + info.detail + ")");
}

}  // namespace

std::string Report::text() const {
    std::string text;
    for (const Failure& failure : failed)
        text += "FAILED " + failure.check + ": " + failure.message + "\n";
    for (const std::string& line : skipped)
        text += "skipped " + line + "\n";
    return text + std::to_string(passed.size()) + " passed, " + std::to_string(failed.size()) + " failed, " +
           std::to_string(skipped.size()) + " skipped\n";
}

void require_equal(std::string_view what, std::string_view actual, std::string_view expected) {
    require(actual == expected,
            std::string(what) + " is " + quoted(actual) + ", expected " + quoted(expected));
}

void require_equal(std::string_view what, std::size_t actual, std::size_t expected) {
    require(actual == expected,
            std::string(what) + " is " + std::to_string(actual) + ", expected " + std::to_string(expected));
}

Error require_error(std::string_view what, Errc code, const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        require(error.code() == code, std::string(what) + " throws the wrong kind of error, " + tell(error) +
                                          "; expected " + std::string(kind_name(code)));
        require(!error.info().message.empty(), std::string(what) + " throws an error without a message");
        return error;
    }
    throw Violation{std::string(what) + " does not throw; expected an error of kind " +
                    std::string(kind_name(code))};
}

void Suite::check(const std::string& name, const std::function<void()>& body) {
    try {
        body();
        report_.passed.push_back(name);
    } catch (const Violation& violation) {
        report_.failed.push_back({name, violation.message});
    } catch (const Error& error) {
        report_.failed.push_back({name, "unexpected error, " + tell(error)});
    } catch (const std::exception& error) {
        report_.failed.push_back(
            {name, std::string("an exception that is no godwit::Error: ") + error.what()});
    } catch (...) {
        report_.failed.push_back({name, "an exception of an unknown type"});
    }
}

void Suite::skip(const std::string& name, const std::string& why) {
    report_.skipped.push_back(name + ": " + why);
}

}  // namespace godwit::contract
