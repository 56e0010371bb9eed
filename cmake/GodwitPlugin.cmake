# godwit_add_plugin(NAME <name> KIND driver|source SOURCES <files…> [LIBRARIES <targets…>])
#
# One declaration makes a plugin: a module godwit-<kind>-<name>.so, or, inside godwit's own build and named
# in GODWIT_BUILTIN, objects that are linked into the program (and an entry in the generated table).
# Works in godwit's tree and, after find_package(godwit), outside of it.
#
# godwit_link_plugins(<executable>)
#
# For programs that use godwit::plugins: links the built-in plugins and their table in, builds the modules
# with the program, and sets the run path of an installed program.
set(GODWIT_PLUGIN_CMAKE_DIR "${CMAKE_CURRENT_LIST_DIR}")

function(godwit_add_plugin)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;KIND" "SOURCES;LIBRARIES")
    godwit_check_plugin_arguments("${arg_NAME}" "${arg_KIND}" "${arg_SOURCES}" "${arg_UNPARSED_ARGUMENTS}")

    set(objects godwit_${arg_KIND}_${arg_NAME})
    add_library(${objects} OBJECT ${arg_SOURCES})
    set_target_properties(${objects} PROPERTIES POSITION_INDEPENDENT_CODE ON
        CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
    if(TARGET godwit_options)
        target_link_libraries(${objects} PRIVATE godwit_options)
        target_compile_definitions(${objects} PRIVATE GODWIT_VERSION="${PROJECT_VERSION}")
    endif()
    target_link_libraries(${objects} PUBLIC godwit::core ${arg_LIBRARIES})

    if(GODWIT_BUILTIN AND (GODWIT_BUILTIN STREQUAL "all" OR "${arg_NAME}" IN_LIST GODWIT_BUILTIN))
        godwit_register_builtin(${objects} ${arg_NAME})
    else()
        godwit_add_plugin_module(${objects} ${arg_NAME} ${arg_KIND})
    endif()
endfunction()

function(godwit_check_plugin_arguments name kind sources unparsed)
    if(NOT name MATCHES "^[a-z][a-z0-9-]*$")
        message(FATAL_ERROR "godwit_add_plugin: NAME '${name}' must match [a-z][a-z0-9-]*")
    endif()
    if(NOT kind MATCHES "^(driver|source)$")
        message(FATAL_ERROR "godwit_add_plugin: KIND '${kind}' must be 'driver' or 'source'")
    endif()
    if(NOT sources)
        message(FATAL_ERROR "godwit_add_plugin: ${name} has no SOURCES")
    endif()
    if(unparsed)
        message(FATAL_ERROR "godwit_add_plugin: unknown argument ${unparsed}")
    endif()
endfunction()

function(godwit_register_builtin objects name)
    get_property(names GLOBAL PROPERTY GODWIT_BUILTIN_NAMES)
    if(name IN_LIST names)
        message(FATAL_ERROR "godwit_add_plugin: two built-in plugins are called '${name}'")
    endif()
    set_property(GLOBAL APPEND PROPERTY GODWIT_BUILTIN_TARGETS ${objects})
    set_property(GLOBAL APPEND PROPERTY GODWIT_BUILTIN_NAMES ${name})
endfunction()

function(godwit_add_plugin_module objects name kind)
    set(module ${objects}_module)
    add_library(${module} MODULE)
    target_link_libraries(${module} PRIVATE ${objects})
    set_target_properties(${module} PROPERTIES PREFIX "" SUFFIX ".so" OUTPUT_NAME "godwit-${kind}-${name}")
    # Nothing but the descriptor leaves a plugin: two of them may bring the same library in two versions.
    set(exports "${GODWIT_PLUGIN_CMAKE_DIR}/godwit_plugin.map")
    target_link_options(${module} PRIVATE "LINKER:--version-script=${exports}")
    set_property(TARGET ${module} APPEND PROPERTY LINK_DEPENDS "${exports}")
    if(GODWIT_PLUGIN_BUILD_DIR)
        set_target_properties(${module} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${GODWIT_PLUGIN_BUILD_DIR}")
        set_property(GLOBAL APPEND PROPERTY GODWIT_MODULE_TARGETS ${module})
        # The loader refuses what others may write; with the umask 002 of many systems the build would.
        add_custom_command(TARGET ${module} POST_BUILD VERBATIM
            COMMAND chmod go-w "$<TARGET_FILE:${module}>" "$<TARGET_FILE_DIR:${module}>")
    else()
        add_custom_command(TARGET ${module} POST_BUILD VERBATIM COMMAND chmod go-w "$<TARGET_FILE:${module}>")
    endif()
    godwit_run_path(${module} "${GODWIT_PLUGIN_INSTALL_DIR}")
    install(TARGETS ${module} LIBRARY DESTINATION "${GODWIT_PLUGIN_INSTALL_DIR}" COMPONENT ${name})
endfunction()

# Makes an installed file find libgodwit_core relative to itself, wherever the prefix was moved to.
function(godwit_run_path target destination)
    if(NOT PROJECT_NAME STREQUAL "godwit" OR IS_ABSOLUTE "${destination}" OR IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
        return()
    endif()
    file(RELATIVE_PATH to_library "/${destination}" "/${CMAKE_INSTALL_LIBDIR}")
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "$ORIGIN/${to_library}")
endfunction()

function(godwit_link_plugins target)
    get_property(names GLOBAL PROPERTY GODWIT_BUILTIN_NAMES)
    get_property(objects GLOBAL PROPERTY GODWIT_BUILTIN_TARGETS)
    get_property(modules GLOBAL PROPERTY GODWIT_MODULE_TARGETS)
    target_link_libraries(${target} PRIVATE godwit::plugins ${objects})
    if(names)
        godwit_builtin_table(table "${names}")
        target_sources(${target} PRIVATE "${table}")
    endif()
    if(modules)
        add_dependencies(${target} ${modules})
    endif()
    godwit_run_path(${target} "${CMAKE_INSTALL_BINDIR}")
endfunction()

# Writes the table of linked-in plugins; the library's own, empty one is then left in its archive.
function(godwit_builtin_table result names)
    set(declarations "")
    set(entries "")
    foreach(name IN LISTS names)
        string(REPLACE "-" "_" identifier "${name}")
        string(APPEND declarations "extern const godwit::PluginEntry godwit_plugin_${identifier};\n")
        string(APPEND entries "    &godwit_plugin_${identifier},\n")
    endforeach()
    set(file "${PROJECT_BINARY_DIR}/generated/builtin_plugins.cpp")
    file(CONFIGURE OUTPUT "${file}" @ONLY CONTENT [[
// Generated by godwit_link_plugins().
#include <span>

#include "godwit/plugin.hpp"

extern "C" {
@declarations@}

namespace godwit::plugins {

static const PluginEntry* const kBuiltin[] = {
@entries@};

std::span<const PluginEntry* const> builtin_plugins();
std::span<const PluginEntry* const> builtin_plugins() {
    return kBuiltin;
}

}  // namespace godwit::plugins
]])
    set(${result} "${file}" PARENT_SCOPE)
endfunction()
