# Headers by others that most files of a layer read, compiled once for each layer instead of once for
# each file. A layer's list holds nothing that its libraries do not link, so that an arrow which
# docs/architecture.md forbids still fails to compile. Our own headers are in none: every file
# includes what it uses of them, and an edit rebuilds only who includes it.
#
# All headers are in angle brackets: CMake writes the others down with the path of the checkout, and
# then ccache would serve this checkout only. PARLEY_NO_PCH does without, for clang-tidy and to see
# whether a file leans on a header that it does not include (tools/lint --includes).

set(parley_std_headers
    <algorithm> <array> <atomic> <cerrno> <chrono> <condition_variable> <cstdint> <cstring> <deque>
    <filesystem> <fstream> <functional> <map> <memory> <mutex> <optional> <set> <span> <string>
    <string_view> <thread> <utility> <variant> <vector>
    <fmt/format.h> <absl/status/statusor.h>)
set(parley_proto_headers
    ${parley_std_headers} <parley/v1/charter.pb.h> <parley/v1/config.pb.h> <parley/v1/entry.pb.h>
    <parley/v1/record.pb.h> <parley/v1/state.pb.h>)

# parley_precompile(<layer> HEADERS <headers> DEPS <targets>): makes the target parley_pch_<layer>.
function(parley_precompile layer)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;DEPS")
  if(PARLEY_NO_PCH)
    return()
  endif()
  set(source ${CMAKE_BINARY_DIR}/precompiled/${layer}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "// Carries the precompiled headers of a layer.\n")
  add_library(parley_pch_${layer} OBJECT ${source})
  target_link_libraries(parley_pch_${layer} PRIVATE ${arg_DEPS} parley_options)
  target_precompile_headers(parley_pch_${layer} PRIVATE ${arg_HEADERS})
endfunction()

# parley_use_precompiled(<target> <layer>): the target's files begin with that layer's headers.
function(parley_use_precompiled target layer)
  if(NOT PARLEY_NO_PCH)
    target_precompile_headers(${target} REUSE_FROM parley_pch_${layer})
  endif()
endfunction()

parley_precompile(std HEADERS ${parley_std_headers} DEPS absl::statusor fmt::fmt)
parley_precompile(proto HEADERS ${parley_proto_headers} DEPS absl::statusor fmt::fmt Parley::proto)
if(PARLEY_BUILD_RPC)
  parley_precompile(
    rpc
    HEADERS ${parley_proto_headers} <parley/v1/ledger_service.grpc.pb.h>
            <parley/v1/peer_service.grpc.pb.h>
    DEPS absl::statusor fmt::fmt Parley::proto_rpc)
  # The command line speaks through node/rpc/client.h, which shows no gRPC.
  parley_precompile(
    cli
    HEADERS ${parley_proto_headers} <parley/v1/ledger_service.pb.h> <nlohmann/json.hpp>
    DEPS absl::statusor fmt::fmt Parley::proto_rpc nlohmann_json::nlohmann_json)
endif()
if(PARLEY_BUILD_TESTS)
  parley_precompile(
    test
    HEADERS ${parley_proto_headers} <gmock/gmock.h> <gtest/gtest.h>
    DEPS absl::statusor fmt::fmt Parley::proto GTest::gmock GTest::gtest)
  if(TARGET parley_pch_test)
    target_compile_options(parley_pch_test PRIVATE -pthread)
  endif()
endif()
