# The three words every CMakeLists.txt of this project uses: parley_library, parley_test and
# parley_fuzz. Flags live on one INTERFACE target; nothing is set for a whole folder.

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

# parley_library(name SRCS ... DEPS <public> PRIVATE_DEPS <hidden> [PCH <headers>])
# Makes the static library parley_<name>, alias Parley::<name>. Headers are included from the root
# of the tree ("crypto/hash.h"). DEPS are the arrows of docs/architecture.md.
function(parley_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SRCS;DEPS;PRIVATE_DEPS;PCH")
  add_library(parley_${name} STATIC ${arg_SRCS})
  add_library(Parley::${name} ALIAS parley_${name})
  target_include_directories(parley_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_link_libraries(
    parley_${name}
    PUBLIC ${arg_DEPS}
    PRIVATE ${arg_PRIVATE_DEPS} $<BUILD_INTERFACE:parley_options>)
  if(arg_PCH AND NOT PARLEY_NO_PCH)
    target_precompile_headers(parley_${name} PRIVATE ${arg_PCH})
  endif()
endfunction()

# parley_executable(name SRCS ... DEPS ...): a program in build/<preset>/bin.
function(parley_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SRCS;DEPS;PCH")
  add_executable(${name} ${arg_SRCS})
  target_link_libraries(${name} PRIVATE ${arg_DEPS} parley_options)
  if(arg_PCH AND NOT PARLEY_NO_PCH)
    target_precompile_headers(${name} PRIVATE ${arg_PCH})
  endif()
endfunction()

# parley_test(name SRCS ... DEPS ... [LABEL unit] [TIMEOUT 60]): a GoogleTest binary. Tests link
# tests/support (status matchers and a main that initialises libsodium).
function(parley_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;TIMEOUT" "SRCS;DEPS;ENV")
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  add_executable(${name} ${arg_SRCS})
  target_link_libraries(${name} PRIVATE ${arg_DEPS} Parley::test_support parley_options)
  target_compile_definitions(
    ${name} PRIVATE PARLEY_VECTORS_DIR="${PROJECT_SOURCE_DIR}/tests/vectors"
                    PARLEY_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  if(PARLEY_SANITIZE STREQUAL "thread")
    list(APPEND arg_ENV "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/tsan.supp")
  endif()
  set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT}
                                          ENVIRONMENT "${arg_ENV}")
endfunction()

# parley_fuzz(name SRCS x_fuzz.cc DEPS ... CORPUS <dir>): replays the corpus in ctest with any
# compiler; with PARLEY_BUILD_FUZZERS the libFuzzer binary is built as well.
function(parley_fuzz name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "CORPUS" "SRCS;DEPS")
  add_executable(${name}_replay ${arg_SRCS} ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc)
  target_link_libraries(${name}_replay PRIVATE ${arg_DEPS} parley_options)
  add_test(NAME ${name}_replay COMMAND ${name}_replay ${PROJECT_SOURCE_DIR}/${arg_CORPUS})
  set_tests_properties(${name}_replay PROPERTIES LABELS fuzz TIMEOUT 60)
  if(PARLEY_BUILD_FUZZERS)
    add_executable(${name} ${arg_SRCS})
    target_link_libraries(${name} PRIVATE ${arg_DEPS} parley_options)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  endif()
endfunction()
