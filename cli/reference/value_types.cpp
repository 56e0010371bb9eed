#include "reference/value_types.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "words.hpp"

namespace godwit::cli {

namespace {

std::string one_form(const Option& option) {
    switch (option.type) {
        case ValueType::Flag:
            return "true or false";
        case ValueType::Text:
            return "a text";
        case ValueType::Url:
            return "a URL";
        case ValueType::Duration:
            return "a duration: 500ms, 15s, 2m, a bare number = seconds";
        case ValueType::Number:
            return "a whole number from 1";
        case ValueType::Version:
            return "a version";
        case ValueType::Choice:
            return fmt::format("one of {}", fmt::join(split_words(option.choices), ", "));
        case ValueType::Pair:
            return "names and texts";
    }
    return {};
}

}  // namespace

std::string value_form(const Option& option) {
    const bool list = option.repeatable && option.type == ValueType::Text;
    return list ? one_form(option) + ", or a list of texts" : one_form(option);
}

}  // namespace godwit::cli
