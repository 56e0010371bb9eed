# godwit_add_catch_test(NAME <target> SOURCES <files…> LIBRARIES <targets…> [LABELS <labels…>])
# One Catch2 program, one ctest entry per test program: a program runs its cases in one process, the programs
# run in parallel. Sources may use Catch2 2 or 3 through tests/catch.hpp.
function(godwit_add_catch_test)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;LIBRARIES;LABELS")
    add_executable(${arg_NAME} ${arg_SOURCES})
    target_include_directories(${arg_NAME} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_compile_definitions(${arg_NAME} PRIVATE GODWIT_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    target_link_libraries(${arg_NAME} PRIVATE godwit_options godwit_catch_main ${arg_LIBRARIES})
    # What is tested is checked for undefined behaviour, in libraries of its own; Catch2's macros with the checks in
    # them take g++ twice as long.
    if(GODWIT_SANITIZE MATCHES "undefined")
        target_compile_options(${arg_NAME} PRIVATE -fno-sanitize=undefined)
    endif()
    add_test(NAME ${arg_NAME} COMMAND ${arg_NAME})
    set_tests_properties(${arg_NAME} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 600)
endfunction()

if(NOT TARGET godwit_catch_main)
    if(TARGET Catch2::Catch2WithMain)
        add_library(godwit_catch_main INTERFACE)
        target_link_libraries(godwit_catch_main INTERFACE Catch2::Catch2WithMain)
    else()
        add_library(godwit_catch_main STATIC ${CMAKE_SOURCE_DIR}/tests/catch_main.cpp)
        target_link_libraries(godwit_catch_main PUBLIC Catch2::Catch2)
    endif()
endif()
