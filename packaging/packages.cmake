# The packages that `./dev package` makes with CPack: .deb, split as Debian does, and one relocatable .tar.gz.
# Version, revision, maintainer and the date of every file in them are those of deb/changelog.
set(deb_folder "${CMAKE_CURRENT_LIST_DIR}/deb")
file(STRINGS "${deb_folder}/changelog" changelog)
list(GET changelog 0 newest)
string(REPLACE "." "\\." version_pattern "${PROJECT_VERSION}")
if(NOT newest MATCHES "^godwit \\(${version_pattern}-([0-9]+)\\) ")
    message(FATAL_ERROR "packaging/deb/changelog begins with '${newest}', not with godwit (${PROJECT_VERSION}-REVISION)")
endif()
set(CPACK_DEBIAN_PACKAGE_RELEASE "${CMAKE_MATCH_1}")
list(FILTER changelog INCLUDE REGEX "^ -- ")
list(GET changelog 0 trailer)
if(NOT trailer MATCHES "^ -- (.+ <.+>)  (.+)$")
    message(FATAL_ERROR "packaging/deb/changelog: '${trailer}' is not ' -- NAME <ADDRESS>  DATE'")
endif()
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${CMAKE_MATCH_1}")
set(CPACK_GODWIT_DATE "${CMAKE_MATCH_2}")

set(CPACK_PACKAGE_NAME godwit)
set(CPACK_PACKAGE_VENDOR godwit)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PROJECT_CONFIG_FILE "${CMAKE_CURRENT_LIST_DIR}/generator.cmake")
set(CPACK_PRE_BUILD_SCRIPTS "${CMAKE_CURRENT_LIST_DIR}/stage.cmake")
set(CPACK_GODWIT_DEB_FOLDER "${deb_folder}")
set(CPACK_GENERATOR "DEB;TGZ")
# Whoever builds with the umask 002 of many systems gets plugins that the loader refuses.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
    WORLD_READ WORLD_EXECUTE)

# Soname and the plugins' folder carry the same number, so that two of them can be installed beside each other.
set(library_package "libgodwit-core${GODWIT_PLUGIN_ABI}")
set(CPACK_COMPONENTS_ALL godwit cli filesystem embedded migrate library development postgresql mysql sqlite http)
foreach(component godwit cli filesystem embedded)
    string(TOUPPER "${component}" upper)
    set(CPACK_COMPONENT_${upper}_GROUP program)
endforeach()

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# A field holds no ';'.
# godwit_deb(<component> NAME <package> SECTION <section> SUMMARY <line> TEXT <paragraphs> [<field> <value>]…)
function(godwit_deb component)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAME;SECTION;SUMMARY;TEXT" "")
    string(TOUPPER "${component}" upper)
    set(pairs NAME "${arg_NAME}" SECTION "${arg_SECTION}" ${arg_UNPARSED_ARGUMENTS})
    while(pairs)
        list(POP_FRONT pairs field value)
        set(CPACK_DEBIAN_${upper}_PACKAGE_${field} "${value}" PARENT_SCOPE)
    endwhile()
    set(CPACK_DEBIAN_${upper}_DESCRIPTION "${arg_SUMMARY}\n${arg_TEXT}" PARENT_SCOPE)
endfunction()

set(what_it_is "godwit brings databases from version to version with scripts, and keeps a
ledger that explains the database after a failure.")
set(needs_core "${library_package} (>= ${PROJECT_VERSION})")

godwit_deb(program NAME godwit SECTION database SUMMARY "schema migrations for PostgreSQL, MySQL, MariaDB and SQLite"
    TEXT "${what_it_is}
.
This package is the command line, with which scripts come from a folder or out
of a plugin. Databases are reached by the packages godwit-driver-*; under the
name of golang-migrate it is in godwit-migrate."
    DEPENDS "${needs_core}"
    RECOMMENDS "godwit-driver-postgresql, godwit-driver-mysql, godwit-driver-sqlite"
    SUGGESTS "godwit-source-http, godwit-migrate")
# A package of its own: golang-migrate's is called migrate, and python3-migrate has a program of that name, too.
godwit_deb(migrate NAME godwit-migrate SECTION database SUMMARY "schema migrations under the name of golang-migrate"
    TEXT "${what_it_is}
.
This package is the command 'migrate': options, messages, exit codes and the
version table are golang-migrate's, so that scripts need not be changed."
    ARCHITECTURE all DEPENDS "godwit (>= ${PROJECT_VERSION})"
    PROVIDES migrate CONFLICTS "migrate, python3-migrate" REPLACES migrate)
foreach(driver "postgresql;PostgreSQL" "mysql;MySQL and MariaDB" "sqlite;SQLite")
    list(POP_FRONT driver name)
    godwit_deb(${name} NAME godwit-driver-${name} SECTION database SUMMARY "${driver} driver of godwit"
        TEXT "${what_it_is}
.
This package is the plugin with which it works on ${driver}."
        DEPENDS "${needs_core}" ENHANCES godwit)
endforeach()
godwit_deb(http NAME godwit-source-http SECTION database SUMMARY "web server source of godwit"
    TEXT "${what_it_is}
.
This package is the plugin that reads the scripts from a web server: from a
listing, a manifest, or an archive."
    DEPENDS "${needs_core}" ENHANCES godwit)
configure_file("${deb_folder}/shlibs.in" "${CMAKE_CURRENT_BINARY_DIR}/shlibs" @ONLY)
godwit_deb(library NAME ${library_package} SECTION libs SUMMARY "schema migration library (engine)"
    TEXT "${what_it_is}
.
This package is the engine as a shared library: for the command line, its
plugins, and other programs that migrate their databases themselves.")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA "${deb_folder}/triggers" "${CMAKE_CURRENT_BINARY_DIR}/shlibs")
godwit_deb(development NAME libgodwit-dev SECTION libdevel SUMMARY "schema migration library (development files)"
    TEXT "${what_it_is}
.
This package has the headers and the CMake package with which programs use the
engine and carry their scripts in them, and with which drivers and sources are
written as plugins; the contract test suites, and examples of each."
    DEPENDS "${library_package} (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}), libfmt-dev"
    RECOMMENDS cmake SUGGESTS godwit-driver-sqlite)

include(CPack)
