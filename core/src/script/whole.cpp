#include <cstdint>
#include <limits>
#include <utility>

#include "godwit/script.hpp"
#include "script/position.hpp"
#include "script/trouble.hpp"

namespace godwit {

Script Script::whole(std::string text, const Dialect& dialect, std::string file) {
    constexpr std::string_view kBlanks = " \t\r\n\f\v";
    if (text.size() > std::numeric_limits<std::uint32_t>::max())
        script::refuse({{}, file}, 0, "script of 4 GiB or more", "split the file into several migrations");
    Script script;
    script.text_ = std::move(text);
    script.file_ = std::move(file);
    script.dialect_ = dialect;
    const auto begin = script.text_.find_first_not_of(kBlanks);
    if (begin == std::string::npos) return script;
    Statement statement;
    statement.piece_end = static_cast<std::uint32_t>(script.text_.size());
    statement.begin = static_cast<std::uint32_t>(begin);
    statement.end = static_cast<std::uint32_t>(script.text_.find_last_not_of(kBlanks) + 1);
    const Position at = script.position_of(begin);
    statement.line = static_cast<std::uint32_t>(at.line);
    statement.column = static_cast<std::uint32_t>(at.column);
    script.statements_.push_back(statement);
    return script;
}

}  // namespace godwit
