#pragma once

#include <functional>
#include <string>

#include "godwit/driver.hpp"

namespace godwit::test {

/// A history without the columns that came later is read, keeps its rows, and has the columns after the next
/// write. `driver` is connected to an empty database; `sql` runs one statement there and gives its first
/// value.
void check_first_layout(Driver& driver, const std::function<std::string(const std::string&)>& sql);

}  // namespace godwit::test
