#pragma once

#include "catch.hpp"
#include "godwit/contract/report.hpp"

namespace godwit::contract {

/// Hands a report to Catch2: every broken promise is a failure of its own.
inline void expect_kept(const Report& report) {
    for (const Failure& failure : report.failed) {
        INFO(failure.message);
        FAIL_CHECK(failure.check);
    }
    INFO(report.text());
    CHECK(report.ok());
}

}  // namespace godwit::contract
