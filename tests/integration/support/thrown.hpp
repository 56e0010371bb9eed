#pragma once

#include "catch.hpp"
#include "godwit/error.hpp"

namespace godwit::test {

/// The error that `body` must throw.
template <typename Body>
ErrorInfo thrown(Body&& body) {
    try {
        body();
    } catch (const Error& error) {
        return error.info();
    }
    FAIL("nothing was thrown");
    return {};
}

}  // namespace godwit::test
