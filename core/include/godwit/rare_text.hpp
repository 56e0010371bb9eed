#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace godwit {

/// A text that is mostly empty, in the room of a pointer: for members of what there are hundreds of thousands
/// of. A value, as std::string is.
class RareText {
  public:
    RareText() noexcept = default;
    RareText(std::string text)  // implicit: it stands where a string would
        : text_(text.empty() ? nullptr : std::make_unique<const std::string>(std::move(text))) {}
    RareText(std::string_view text) : RareText(std::string(text)) {}
    RareText(const char* text) : RareText(std::string(text)) {}
    RareText(const RareText& other)
        : text_(other.text_ ? std::make_unique<const std::string>(*other.text_) : nullptr) {}
    RareText(RareText&& other) noexcept = default;
    RareText& operator=(const RareText& other) {
        if (this != &other) *this = RareText(other);
        return *this;
    }
    RareText& operator=(RareText&& other) noexcept = default;
    ~RareText() = default;

    [[nodiscard]] bool empty() const noexcept { return text_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept { return view().size(); }
    /// Valid until it is changed or gone.
    [[nodiscard]] std::string_view view() const noexcept {
        return text_ ? std::string_view(*text_) : std::string_view();
    }
    operator std::string_view() const noexcept { return view(); }

    friend bool operator==(const RareText& a, const RareText& b) noexcept { return a.view() == b.view(); }
    friend bool operator==(const RareText& a, std::string_view b) noexcept { return a.view() == b; }
    friend bool operator==(const RareText& a, const std::string& b) noexcept { return a.view() == b; }
    friend bool operator==(const RareText& a, const char* b) noexcept { return a.view() == b; }

  private:
    std::unique_ptr<const std::string> text_;
};

}  // namespace godwit
