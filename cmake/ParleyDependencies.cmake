# Finds the libraries of cmake/packages.txt. Nothing is downloaded and nothing is vendored.
find_package(PkgConfig REQUIRED)
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The first: or ccache does not keep what was compiled with a precompiled header. The others: what
  # was compiled in one checkout serves every other one.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1 ${CCACHE_PROGRAM})
endif()

find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(absl REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Protobuf REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)

find_package(spdlog REQUIRED)
find_package(RocksDB REQUIRED)

if(PARLEY_BUILD_RPC)
  find_package(gRPC REQUIRED)
  find_package(CLI11 REQUIRED)
endif()
if(PARLEY_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()
