#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "godwit/contract/report.hpp"
#include "godwit/error.hpp"

namespace godwit::contract {

/// Thrown by require(): ends the check it is in.
struct Violation {
    std::string message;
};

inline void require(bool kept, std::string promise) {
    if (!kept) throw Violation{std::move(promise)};
}

/// `what` must be `expected`; both are shown where it is not.
void require_equal(std::string_view what, std::string_view actual, std::string_view expected);
void require_equal(std::string_view what, std::size_t actual, std::size_t expected);

/// Throws a Violation unless `action` throws a godwit::Error of that kind; gives the error back.
Error require_error(std::string_view what, Errc code, const std::function<void()>& action);

/// Runs checks one by one; what one of them throws is its failure and does not keep the next from running.
class Suite {
  public:
    void check(const std::string& name, const std::function<void()>& body);
    void skip(const std::string& name, const std::string& why);
    [[nodiscard]] Report report() && { return std::move(report_); }

  private:
    Report report_;
};

}  // namespace godwit::contract
