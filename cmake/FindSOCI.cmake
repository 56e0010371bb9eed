# SOCI 4.0 of Debian ships neither a CMake package nor .pc files; 4.1 ships SOCIConfig.cmake. Both give
# SOCI::Core SOCI::PostgreSQL SOCI::MySQL SOCI::SQLite3.
find_package(SOCI CONFIG QUIET)
if(SOCI_FOUND AND TARGET SOCI::Core)
    return()
endif()

include(FindPackageHandleStandardArgs)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(MARIADB REQUIRED IMPORTED_TARGET libmariadb)
pkg_check_modules(SQLITE3 REQUIRED IMPORTED_TARGET sqlite3)

find_path(SOCI_INCLUDE_DIR soci/soci.h)
find_library(SOCI_CORE_LIBRARY soci_core)
find_library(SOCI_POSTGRESQL_LIBRARY soci_postgresql)
find_library(SOCI_MYSQL_LIBRARY soci_mysql)
find_library(SOCI_SQLITE3_LIBRARY soci_sqlite3)
find_package_handle_standard_args(SOCI REQUIRED_VARS SOCI_INCLUDE_DIR SOCI_CORE_LIBRARY
    SOCI_POSTGRESQL_LIBRARY SOCI_MYSQL_LIBRARY SOCI_SQLITE3_LIBRARY)

function(godwit_soci_target name library)
    if(TARGET SOCI::${name})
        return()
    endif()
    add_library(SOCI::${name} UNKNOWN IMPORTED)
    set_target_properties(SOCI::${name} PROPERTIES IMPORTED_LOCATION "${library}")
    target_include_directories(SOCI::${name} SYSTEM INTERFACE "${SOCI_INCLUDE_DIR}")
    target_link_libraries(SOCI::${name} INTERFACE ${ARGN})
endfunction()
godwit_soci_target(Core "${SOCI_CORE_LIBRARY}")
godwit_soci_target(PostgreSQL "${SOCI_POSTGRESQL_LIBRARY}" SOCI::Core PkgConfig::LIBPQ)
godwit_soci_target(MySQL "${SOCI_MYSQL_LIBRARY}" SOCI::Core PkgConfig::MARIADB)
godwit_soci_target(SQLite3 "${SOCI_SQLITE3_LIBRARY}" SOCI::Core PkgConfig::SQLITE3)
