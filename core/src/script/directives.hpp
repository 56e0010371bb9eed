#pragma once

#include <cstddef>

#include "godwit/dialect.hpp"
#include "godwit/directives.hpp"
#include "script/trouble.hpp"

namespace godwit::script {

/// Where a directive stands decides what it is about (docs/directives.md).
struct DirectiveTargets {
    Directives& file;
    Directives& statement;
    bool above_first = false;  ///< before the first statement
};

/// Reads the `-- godwit: …` comment at `offset` into its target. Throws Errc::Statement.
void read_directive(const Origin& origin, std::size_t offset, const Dialect& dialect,
                    const DirectiveTargets& targets);

}  // namespace godwit::script
