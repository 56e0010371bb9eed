#pragma once

/// GODWIT_API marks what leaves libgodwit_core. Everything is compiled with hidden visibility; a type
/// that crosses a module boundary (thrown, derived from, cast to) carries GODWIT_API and has its key
/// function in the core, so that there is exactly one typeinfo for it in a process.
#define GODWIT_API __attribute__((visibility("default")))
