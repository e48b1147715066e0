# Compiler flags of the whole tree. Warnings are errors; floating point is the same everywhere.
# SPDX-License-Identifier: MIT
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(PLR_SANITIZE "build with the address and undefined-behaviour sanitizers" OFF)
option(PLR_COVERAGE "build with coverage counters" OFF)
set(PLR_TEST_THIN 1 CACHE STRING "exhaustive tests take each N-th of their cases: above 1 in slow builds (sanitizers, -O0)")
option(PLR_FUZZ "build the libFuzzer targets (clang only)" OFF)
set(PLR_FAST "" CACHE STRING "of ci/fast (gcc only): 'train' writes down where it spends its time, 'trained' is optimised by that")

# Assertions stay on in every build: NDEBUG is never defined.
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")
# sanitizers, counters and fuzzers: built in half the time, hardly slower; of debugging they want lines alone
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O1 -g1")
set(CMAKE_C_FLAGS_DEBUG "-O0 -g3")

add_compile_options(
  -Wall -Wextra -Wpedantic -Werror -Wconversion -Wshadow -Wundef -Wvla -Wstrict-prototypes
  -Wmissing-prototypes -Wformat=2 -Wswitch-enum -ffp-contract=off -fno-common)
add_compile_definitions(_POSIX_C_SOURCE=200809L)

if(PLR_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(PLR_COVERAGE)
  add_compile_options(--coverage -fprofile-update=single)
  add_link_options(--coverage)
endif()
if(PLR_FAST)
  # across files, and by a profile beside the objects; what was not trained is optimised as ever
  set(CMAKE_C_FLAGS_RELEASE "-O3 -g")
  set(CMAKE_AR "${CMAKE_C_COMPILER_AR}")
  set(CMAKE_RANLIB "${CMAKE_C_COMPILER_RANLIB}")
  set(fast -flto=auto -fprofile-use -fprofile-partial-training -Wno-missing-profile)
  if(PLR_FAST STREQUAL train)
    set(fast -flto=auto -fprofile-generate -fprofile-update=single)
  endif()
  add_compile_options(${fast})
  add_link_options(${fast})
endif()
if(PLR_FUZZ)
  # everything, for the fuzzer sees only code that is built for it
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()
