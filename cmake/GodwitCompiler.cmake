# Compiler settings of godwit's own targets: link godwit_options PRIVATE. Nothing of it is exported.
add_library(godwit_options INTERFACE)
# Designated initialisers leave members at their defaults on purpose: that is no oversight to warn of.
target_compile_options(godwit_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
    -Wno-missing-field-initializers)
# g++ 12 sees overlaps in std::string's own assignments that are not there (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(godwit_options INTERFACE -Wno-restrict)
endif()
# A struct Impl of one file's own types belongs to that file; g++ trusts only the main file with that.
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(godwit_options INTERFACE -Wno-subobject-linkage)
endif()
if(GODWIT_WERROR)
    target_compile_options(godwit_options INTERFACE -Werror)
endif()

if(GODWIT_SANITIZE)
    add_compile_options(-fsanitize=${GODWIT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
    add_link_options(-fsanitize=${GODWIT_SANITIZE})
endif()
if(GODWIT_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()

find_program(GODWIT_CCACHE ccache)
if(GODWIT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${GODWIT_CCACHE}")
endif()
find_program(GODWIT_MOLD mold)
if(GODWIT_MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 12)
    add_link_options(-fuse-ld=mold)
endif()
