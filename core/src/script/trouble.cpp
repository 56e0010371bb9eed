#include "script/trouble.hpp"

#include <utility>

#include "godwit/error.hpp"
#include "script/position.hpp"

namespace godwit::script {

void refuse(const Origin& origin, std::size_t offset, std::string message, std::string hint) {
    const Position position = PositionCounter(origin.text).advance_to(offset);
    ErrorInfo info;
    info.code = Errc::Statement;
    info.message = std::move(message);
    info.hint = std::move(hint);
    info.where.file = std::string(origin.file);
    info.where.line = position.line;
    info.where.column = position.column;
    info.excerpt = excerpt(origin.text, offset);
    info.position = offset;
    throw Error(std::move(info));
}

}  // namespace godwit::script
