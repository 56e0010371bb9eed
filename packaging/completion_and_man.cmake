# Shell completions and manual pages, written by the program that was just built. A cross-built program does not run
# here: name one of the same version that does, -DGODWIT_FOR_BUILD=FILE.
set(GODWIT_FOR_BUILD "" CACHE FILEPATH "A godwit that runs on this machine, for completions and manual pages")
set(program "$<TARGET_FILE:godwit>")
if(GODWIT_FOR_BUILD)
    set(program "${GODWIT_FOR_BUILD}")
elseif(CMAKE_CROSSCOMPILING)
    message(STATUS "godwit: no completions and manual pages are made (GODWIT_FOR_BUILD is not set)")
    return()
endif()

# LeakSanitizer cannot run everywhere that a compiler does; the tests look for leaks.
set(run ${CMAKE_COMMAND} -E env ASAN_OPTIONS=detect_leaks=0 "${program}")
set(generated "${CMAKE_CURRENT_BINARY_DIR}/generated")
add_custom_command(OUTPUT "${generated}/stamp"
    COMMAND ${CMAKE_COMMAND} -E rm -rf "${generated}"
    COMMAND ${CMAKE_COMMAND} -E make_directory "${generated}"
    COMMAND ${run} completion bash > "${generated}/godwit"
    COMMAND ${run} completion zsh > "${generated}/_godwit"
    COMMAND ${run} completion fish > "${generated}/godwit.fish"
    COMMAND ${run} man --quiet --write "${generated}" > "${generated}/stamp"
    DEPENDS godwit
    COMMENT "Generating completions and manual pages"
    VERBATIM)
add_custom_target(godwit_completion_and_man ALL DEPENDS "${generated}/stamp")

install(FILES "${generated}/godwit" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" COMPONENT godwit)
install(FILES "${generated}/_godwit" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions" COMPONENT godwit)
install(FILES "${generated}/godwit.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d" COMPONENT godwit)
install(DIRECTORY "${generated}/man1" "${generated}/man5" DESTINATION "${CMAKE_INSTALL_MANDIR}" COMPONENT godwit)
install(DIRECTORY "${generated}/man7" DESTINATION "${CMAKE_INSTALL_MANDIR}" COMPONENT development)
