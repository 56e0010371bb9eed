#pragma once

#include <utility>

#include "godwit/error.hpp"

namespace godwit::cli {

/// For an error of what only looked: one that says nothing of the database says that it is as it was.
inline void say_untouched(Error& error) {
    if (error.info().state.empty()) error.edit().state = "nothing was changed";
}

/// Does what changes nothing anywhere, and has its errors say so.
template <class Work>
decltype(auto) untouched(Work&& work) {
    try {
        return std::forward<Work>(work)();
    } catch (Error& error) {
        say_untouched(error);
        throw;
    }
}

}  // namespace godwit::cli
