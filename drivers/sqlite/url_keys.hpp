#pragma once

#include <string>
#include <string_view>

#include "sqlite/url.hpp"

namespace godwit::sqlite {

/// One `key=value` of a URL's query, decoded. Puts what it means into `target`; throws Errc::Usage, naming
/// the key, for one that nobody knows and for a value that it cannot have. With `golang_migrate` an unknown
/// `x-` key is left alone, as that tool does.
void read_key(Target& target, std::string_view key, std::string_view value, bool golang_migrate);

}  // namespace godwit::sqlite
