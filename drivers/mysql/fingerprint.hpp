#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mysql/footprint.hpp"
#include "mysql/ledger.hpp"
#include "mysql/session.hpp"

/// What the server shows of the objects a statement touches, taken by itself before the statement runs and
/// compared after a crash. The text in the history is "4:" for statement 4, then for each object "-" where it
/// is not there, "+" where it is, or 16 digits of its definition; "?" alone where nothing tells.
namespace godwit::mysql {

/// What is written down of the statement that runs next.
struct Mark {
    std::vector<std::string> before;  ///< statements to be sent first
    sql::Value fingerprint;           ///< for the history's column; NULL where none is needed
};

/// Of statement number `next`, counted from 0; none behind the last one.
Mark mark_of(const Facts& facts, const Script& script, std::size_t next);

/// An expression that gives the fingerprint of these objects without the statement's number.
std::string fingerprint_sql(const Facts& facts, const std::vector<Touched>& objects);

/// What two fingerprints, before and now, say of a statement that was running.
EffectFound compare_fingerprints(const Footprint& footprint, std::string_view before, std::string_view now);

/// See Driver::effect_of().
EffectFound find_effect(Connection& connection, const HistoryRow& row, const Script& script);

}  // namespace godwit::mysql
