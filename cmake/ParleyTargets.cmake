# The words every CMakeLists.txt of this project uses: parley_library, parley_executable, parley_test
# and parley_fuzz. Flags live on one INTERFACE target; nothing is set for a whole folder.

add_library(parley_options INTERFACE)
target_compile_features(parley_options INTERFACE cxx_std_20)
target_compile_options(
  parley_options
  INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
            -Wimplicit-fallthrough -Wundef
            $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
            $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond;-Wlogical-op>
            $<$<BOOL:${PARLEY_WERROR}>:-Werror>
            $<$<CONFIG:RelWithDebInfo>:-fstack-protector-strong;-fstack-clash-protection>)
target_compile_definitions(parley_options INTERFACE $<$<CONFIG:RelWithDebInfo>:_FORTIFY_SOURCE=2>)
target_link_options(parley_options INTERFACE -Wl,-z,relro,-z,now)

# Sanitizers must reach generated code too, so they are the one flag set on every target.
if(PARLEY_SANITIZE)
  add_compile_options(-fsanitize=${PARLEY_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PARLEY_SANITIZE})
  # GCC's own instrumentation makes it see unset values inside std::optional.
  target_compile_options(parley_options
                         INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()

# parley_join(<variable> <target> <sources>): sets the variable to what is compiled instead of the
# sources: files that include eight of them each, so that headers are read and inline functions
# compiled once for the eight. Unlike CMake's own unity builds they name no checkout, so ccache serves
# all. A source with definitions of its own stays alone.
function(parley_join variable target)
  set(batch "")
  set(files "")
  foreach(source ${ARGN})
    get_source_file_property(definitions ${source} COMPILE_DEFINITIONS)
    if(definitions)
      list(APPEND files ${source})
      continue()
    endif()
    cmake_path(ABSOLUTE_PATH source NORMALIZE)
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
    list(APPEND batch "#include \"${source}\"\n")
    list(LENGTH batch count)
    if(count EQUAL 8)
      parley_flush_joined()
    endif()
  endforeach()
  if(batch)
    parley_flush_joined()
  endif()
  set(${variable} ${files} PARENT_SCOPE)
endfunction()

macro(parley_flush_joined)
  list(LENGTH files count)
  set(joined ${CMAKE_CURRENT_BINARY_DIR}/joined/${target}_${count}.cc)
  string(CONCAT content ${batch})
  file(CONFIGURE OUTPUT ${joined} CONTENT "${content}" @ONLY)
  list(APPEND files ${joined})
  set(batch "")
endmacro()

# parley_library(name SRCS ... DEPS <public> PRIVATE_DEPS <hidden> [PCH <layer>])
# Makes the static library parley_<name>, alias Parley::<name>. Headers are included from the root
# of the tree ("crypto/hash.h"). DEPS are the arrows of docs/architecture.md. PCH names the layer of
# precompiled headers (ParleyPrecompiled.cmake); without it, "std".
function(parley_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PCH" "SRCS;DEPS;PRIVATE_DEPS")
  if(NOT arg_PCH)
    set(arg_PCH std)
  endif()
  if(PARLEY_JOIN STREQUAL "all")
    parley_join(arg_SRCS parley_${name} ${arg_SRCS})
  endif()
  add_library(parley_${name} STATIC ${arg_SRCS})
  add_library(Parley::${name} ALIAS parley_${name})
  target_include_directories(parley_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_link_libraries(
    parley_${name}
    PUBLIC ${arg_DEPS}
    PRIVATE ${arg_PRIVATE_DEPS} $<BUILD_INTERFACE:parley_options>)
  parley_use_precompiled(parley_${name} ${arg_PCH})
endfunction()

# parley_executable(name SRCS ... DEPS ...): a program in build/<preset>/bin.
function(parley_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SRCS;DEPS")
  add_executable(${name} ${arg_SRCS})
  target_link_libraries(${name} PRIVATE ${arg_DEPS} parley_options)
endfunction()

# parley_test_target(target): what the targets of tests have in common. Their code is
# position-independent as a library's is, so that all can share one set of precompiled headers.
function(parley_test_target target)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
  # GTest and gRPC demand these of who links them, and precompiled headers want them of everybody.
  target_compile_definitions(${target} PRIVATE GTEST_HAS_PTHREAD=1)
  target_compile_options(${target} PRIVATE -pthread)
  parley_use_precompiled(${target} test)
endfunction()

# parley_test_library(name SRCS ... DEPS <public> PRIVATE_DEPS <hidden>): what several test programs
# share.
function(parley_test_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SRCS;DEPS;PRIVATE_DEPS")
  if(NOT PARLEY_JOIN STREQUAL "none")
    parley_join(arg_SRCS ${name} ${arg_SRCS})
  endif()
  add_library(${name} STATIC ${arg_SRCS})
  target_link_libraries(${name} PUBLIC ${arg_DEPS} PRIVATE ${arg_PRIVATE_DEPS} parley_options)
  parley_test_target(${name})
endfunction()

# parley_test_program(name SRCS ... DEPS ...): a program of tests.
function(parley_test_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SRCS;DEPS")
  if(NOT PARLEY_JOIN STREQUAL "none")
    parley_join(arg_SRCS ${name} ${arg_SRCS})
  endif()
  parley_executable(${name} SRCS ${arg_SRCS} DEPS ${arg_DEPS})
  parley_test_target(${name})
endfunction()

# parley_test(name SRCS ... DEPS ... [LABEL unit] [TIMEOUT 60]): a GoogleTest program. Tests link
# tests/support (status matchers and a main that initialises libsodium). ctest knows each test of it
# as <name>.<Suite>.<Test>; the timeout, in seconds, is that of one test.
function(parley_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;TIMEOUT" "SRCS;DEPS")
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  parley_test_program(${name} SRCS ${arg_SRCS} DEPS ${arg_DEPS} Parley::test_support)
  # What may take longest starts first.
  set(properties LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} COST ${arg_TIMEOUT})
  if(PARLEY_SANITIZE STREQUAL "thread")
    list(APPEND properties
         ENVIRONMENT TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/tsan.supp)
  endif()
  gtest_discover_tests(${name} TEST_PREFIX ${name}. NO_PRETTY_TYPES NO_PRETTY_VALUES
                       DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
  add_dependencies(parley_${arg_LABEL}_tests ${name})
endfunction()

# parley_fuzz(name DEPS ...): registers the fuzz target of tests/fuzz/<name>_fuzz.cc. ctest replays its
# corpus, tests/fuzz/corpus/<name>, as fuzz.<name>; with PARLEY_BUILD_FUZZERS there is a libFuzzer
# binary <name>_fuzz as well. parley_fuzz_replay(), once after the last, makes the replay program.
function(parley_fuzz name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPS")
  set_property(GLOBAL APPEND PROPERTY PARLEY_FUZZ_SOURCES ${name}_fuzz.cc)
  set_property(GLOBAL APPEND PROPERTY PARLEY_FUZZ_DEPS ${arg_DEPS})
  add_test(NAME fuzz.${name} COMMAND fuzz_replay ${name} ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 60)
  if(PARLEY_BUILD_FUZZERS)
    parley_executable(${name}_fuzz SRCS ${name}_fuzz.cc fuzz_target.cc libfuzzer_main.cc
                      DEPS ${arg_DEPS} Parley::crypto)
    target_compile_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
    target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
  endif()
endfunction()

function(parley_fuzz_replay)
  get_property(sources GLOBAL PROPERTY PARLEY_FUZZ_SOURCES)
  get_property(deps GLOBAL PROPERTY PARLEY_FUZZ_DEPS)
  list(REMOVE_DUPLICATES deps)
  parley_test_program(fuzz_replay SRCS ${sources} fuzz_target.cc replay_main.cc
                      DEPS ${deps} Parley::crypto)
  add_dependencies(parley_fuzz_tests fuzz_replay)
endfunction()
