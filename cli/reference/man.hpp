#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace godwit::cli {

/// A page of the manual in troff's man macros.
struct ManPage {
    std::string name;  ///< "godwit-up"
    int section = 1;
    std::string text;
    [[nodiscard]] std::string file() const { return name + "." + std::to_string(section); }
};

/// godwit(1), one page for each command, godwit.yaml(5) and godwit-plugin(7).
std::vector<ManPage> man_pages();

/// Text inside a page: nothing of it is a request, an escape or a typographical dash.
std::string roff_text(std::string_view text);

}  // namespace godwit::cli
