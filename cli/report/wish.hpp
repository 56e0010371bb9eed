#pragma once

#include <span>
#include <string>
#include <vector>

namespace godwit::cli {

/// One value of --report: FORMAT or FORMAT=FILE.
struct ReportWish {
    std::string format;
    std::string file;  ///< "": stdout, where the text for people makes room
};

/// Throws Errc::Usage for an unknown format, for an empty file name, and where two reports would have stdout.
std::vector<ReportWish> report_wishes(const std::vector<std::string>& values);
/// Whether one of them is for stdout.
bool report_has_stdout(const std::vector<std::string>& values);

}  // namespace godwit::cli
