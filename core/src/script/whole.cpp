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
    auto content = content_of(std::make_shared<const std::string>(std::move(text)), dialect, std::move(file));
    const std::string& kept = *content->text;
    const auto begin = kept.find_first_not_of(kBlanks);
    if (begin != std::string::npos) {
        Statement statement;
        statement.piece_end = static_cast<std::uint32_t>(kept.size());
        statement.begin = static_cast<std::uint32_t>(begin);
        statement.end = static_cast<std::uint32_t>(kept.find_last_not_of(kBlanks) + 1);
        const Position at = script::PositionCounter(kept).advance_to(begin);
        statement.line = static_cast<std::uint32_t>(at.line);
        statement.column = static_cast<std::uint32_t>(at.column);
        content->statements.push_back(statement);
    }
    Script script;
    script.content_ = std::move(content);
    return script;
}

}  // namespace godwit
