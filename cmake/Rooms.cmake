# How a room is built: a library from its sources, and the tests that sit beside them.
# SPDX-License-Identifier: MIT
find_package(PkgConfig REQUIRED)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(LIBFYAML REQUIRED IMPORTED_TARGET libfyaml)
pkg_check_modules(GPIOD IMPORTED_TARGET libgpiod) # 1.6 or 2.x; without these two there is no plr-rig
pkg_check_modules(MICROHTTPD IMPORTED_TARGET libmicrohttpd)
pkg_check_modules(LIBWEBSOCKETS IMPORTED_TARGET libwebsockets) # without it a link to Moonraker needs its Unix socket

# Debian ships Chipmunk2D without a pkg-config file.
find_path(CHIPMUNK_INCLUDE chipmunk/chipmunk.h REQUIRED)
find_library(CHIPMUNK_LIBRARY chipmunk REQUIRED)
add_library(chipmunk INTERFACE)
target_include_directories(chipmunk SYSTEM INTERFACE ${CHIPMUNK_INCLUDE})
target_link_libraries(chipmunk INTERFACE ${CHIPMUNK_LIBRARY} m)

# plr_room(NAME SOURCES... [LINKS library...]): a static library; headers are included by their path from the root.
function(plr_room name)
  cmake_parse_arguments(ROOM "" "" "LINKS" ${ARGN})
  add_library(${name} STATIC ${ROOM_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ROOM_LINKS})
endfunction()

# plr_test(FILE.c [LINKS library...] [SOURCES more.c...]): a cmocka program beside what it tests, run from the source root.
function(plr_test file)
  cmake_parse_arguments(TEST "" "" "LINKS;SOURCES" ${ARGN})
  get_filename_component(name ${file} NAME_WE)
  add_executable(${name} ${file} ${TEST_SOURCES})
  target_compile_definitions(${name} PRIVATE PLR_TEST_THIN=${PLR_TEST_THIN})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${TEST_LINKS} PkgConfig::CMOCKA)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endfunction()

# plr_guest_case(fast|slow PROGRAM [ARGUMENT...]): something that needs the kernel of ci/gpio-vm. ctest does not run it; all of them are in
# rig/guest_tests. ci/gpio-vm --fast leaves the slow ones out.
set_property(GLOBAL PROPERTY PLR_GUEST_TESTS "")
function(plr_guest_case)
  list(JOIN ARGN " " line)
  set_property(GLOBAL APPEND_STRING PROPERTY PLR_GUEST_TESTS "${line}\n")
endfunction()

# plr_guest_test(FILE.c [LINKS library...] [SOURCES more.c...]): a cmocka program that is a fast one of these.
function(plr_guest_test file)
  cmake_parse_arguments(TEST "" "" "LINKS;SOURCES" ${ARGN})
  get_filename_component(name ${file} NAME_WE)
  add_executable(${name} ${file} ${TEST_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${TEST_LINKS} PkgConfig::CMOCKA)
  plr_guest_case(fast $<TARGET_FILE:${name}>)
endfunction()

# plr_fuzz(FILE.c [LINKS library...] [SOURCES more.c...]): a libFuzzer target, built with -DPLR_FUZZ=ON.
function(plr_fuzz file)
  if(NOT PLR_FUZZ)
    return()
  endif()
  cmake_parse_arguments(FUZZ "" "" "LINKS;SOURCES" ${ARGN})
  get_filename_component(name ${file} NAME_WE)
  add_executable(${name} ${file} ${FUZZ_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(${name} PRIVATE ${FUZZ_LINKS})
endfunction()
