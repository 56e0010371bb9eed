#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "godwit/script.hpp"

namespace godwit::mysql {

/// How it can be told, after a run was cut off, whether a statement took effect.
enum class Trace : std::uint8_t {
    Transaction,  ///< it commits together with its note, or lives in the session only: without note, no
                  ///< effect
    Repeatable,   ///< running it once more makes no difference
    Seen,         ///< what the server shows of the objects it names is different afterwards
    Hidden,       ///< nothing tells
};

enum class ObjectKind : std::uint8_t {
    Table,  ///< view and sequence as well: they share their names
    Trigger,
    Procedure,
    Function,
    Package,
    PackageBody,
    Event,
    Database
};

/// An object that a statement makes, changes or drops.
struct Touched {
    ObjectKind kind = ObjectKind::Table;
    std::string schema{};  ///< "" = the session's database
    std::string name{};
    bool definition = false;  ///< what it is made of counts; else only whether it is there
    std::string table{};      ///< of a trigger, where the statement names it
};

struct Footprint {
    Trace trace = Trace::Hidden;
    std::string why{};  ///< of Hidden: as the end of a sentence
    std::vector<Touched> objects{};
    bool drops = false;      ///< several objects may go one by one
    bool exchanges = false;  ///< renames in a circle: alike tables cannot be told apart
    bool fills = false;  ///< CREATE TABLE IF NOT EXISTS … SELECT: nothing is seen where the table was there
};

/// Of one statement of a script. Names without a schema are those of the last USE before it.
Footprint footprint_of(const Script& script, std::size_t statement);

}  // namespace godwit::mysql
