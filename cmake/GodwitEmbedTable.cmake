# Run while building, by godwit_embed() and godwit_embed_plugin(): writes the C++ file that holds a folder's files.
# The hash of each file stands in it, so that compiler caches, which know nothing of .incbin, see every change.
#   -DKIND=program|plugin -DNAME=… -DVERSION=… -DSUMMARY=… -DFILES=<file with one path a line> -DTABLE=<output>
cmake_minimum_required(VERSION 3.20)
string(REPLACE "-" "_" identifier "${NAME}")
file(STRINGS "${FILES}" files ENCODING UTF-8)
set(bytes "")
set(declarations "")
set(rows "")
set(count 0)
foreach(file IN LISTS files)
    cmake_path(GET file FILENAME path)
    if(IS_DIRECTORY "${file}")
        string(APPEND rows "        {\"${path}/\", {}, {}},\n")
    else()
        file(SHA256 "${file}" hash)
        set(symbol "godwit_embedded_${KIND}_${identifier}_${count}")
        string(APPEND bytes "    GODWIT_EMBED(\"${symbol}\", \"${file}\")\n")
        string(APPEND declarations "extern const char ${symbol}[];\nextern const char ${symbol}_end[];\n")
        string(APPEND rows "        {\"${path}\", bytes(${symbol}, ${symbol}_end),\n         \"${hash}\"},\n")
    endif()
    math(EXPR count "${count} + 1")
endforeach()

if(KIND STREQUAL "plugin")
    set(includes "#include \"godwit/error.hpp\"\n#include \"godwit/plugin.hpp\"\n")
    string(CONFIGURE [[

std::unique_ptr<godwit::Source> open(const godwit::Url& url, const godwit::SourceOptions& /*options*/) {
    const std::string name = godwit::embedded::name_in(url);
    if (name != folder().name)
        godwit::fail(godwit::Errc::Source, "the plugin @NAME@ has no migrations called '" + name + "'");
    return godwit::embedded::open(folder());
}

}  // namespace

GODWIT_SOURCE_PLUGIN(@identifier@, "@NAME@", "embedded", "@VERSION@", "@SUMMARY@", &open);
]] entry @ONLY)
else()
    set(includes "#include \"godwit/embedded/${NAME}.hpp\"\n")
    string(CONFIGURE [[

const godwit::embedded::Registration kRegistration(folder());

}  // namespace

std::unique_ptr<godwit::Source> godwit::embedded::@identifier@() {
    return open(folder());
}
]] entry @ONLY)
endif()

# Not written through file(CONFIGURE) or string(CONFIGURE): a file's name may have an '@' in it.
file(WRITE "${TABLE}.new" "// Generated while building: the files of '${NAME}'.
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include \"godwit/embedded.hpp\"
${includes}
// The .byte keeps two symbols apart where a file is empty.
#define GODWIT_EMBED(symbol, file)                                                               \\
    \".globl \" symbol \"\\n.hidden \" symbol \"\\n\" symbol \":\\n.incbin \\\"\" file \"\\\"\\n\"            \\
    \".globl \" symbol \"_end\\n.hidden \" symbol \"_end\\n\" symbol \"_end:\\n.byte 0\\n\"

__asm__(
    \".pushsection .rodata.godwit_embedded_${identifier},\\\"a\\\",%progbits\\n\"
${bytes}    \".popsection\\n\");

extern \"C\" {
#pragma GCC visibility push(hidden)
${declarations}#pragma GCC visibility pop
}

namespace {

[[maybe_unused]] std::string_view bytes(const char* begin, const char* end) {
    return {begin, static_cast<std::size_t>(end - begin)};
}

// Local, so that it is there for whoever asks while other static objects are made.
const godwit::embedded::Folder& folder() {
    static const std::array<godwit::embedded::File, ${count} + 1> files{{
${rows}        {},
    }};
    static const godwit::embedded::Folder made{\"${NAME}\", std::span(files).first<${count}>()};
    return made;
}
${entry}")
file(RENAME "${TABLE}.new" "${TABLE}")
