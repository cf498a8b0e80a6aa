#pragma once

// parleyd's configuration file: Protocol Buffers text format of parley.v1.NodeConfig
// (proto/parley/v1/config.proto). Example:
//
//   charter: "charter.note"            # the note that all members signed
//   member: "north"
//   data_dir: "data"                   # created, mode 0700
//   listen: "0.0.0.0:7401"
//   node_key: "node.key"
//   cosigner_key: "cosigner.key"
//   tls_key: "tls.key"
//   tls_certificate: "tls.pem"
//   passphrase_file: "passphrase"      # without it parleyd asks on the terminal
//   peers { member: "south" address: "node.south.example:7401" }
//
// Errors name file, line and column: "north.conf:4:9: listen: want host:port, got '7401'". Unknown
// fields, fields given twice, missing ones and values out of range are refused.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace parley {

struct PeerConfig {
  std::string member;
  std::string address;  // host:port
};

// Every default is here. Paths are absolute, or relative to the working directory, never to the
// configuration file any more. Immutable after start.
struct NodeConfig {
  std::filesystem::path charter;  // founding
  std::vector<std::filesystem::path> later_charters;
  std::string member;
  std::filesystem::path data_dir;
  std::string listen;
  std::vector<std::filesystem::path> node_keys;      // at least one
  std::vector<std::filesystem::path> cosigner_keys;  // at least one
  std::filesystem::path tls_key;
  std::filesystem::path tls_certificate;
  std::optional<std::filesystem::path> passphrase_file;
  std::vector<PeerConfig> peers;  // also of members to come
  std::optional<std::filesystem::path> address_file;
  std::string log_level = "info";    // debug, info, warn, error
  uint64_t view_timeout_ms = 1'000;  // 50 .. 600,000
};

// `source` names the text in errors; relative paths in it are relative to `folder`.
// INVALID_ARGUMENT for everything that is wrong with the text, RESOURCE_EXHAUSTED when it has more
// than limits::kConfigBytesMax bytes. Reads no other file.
StatusOr<NodeConfig> ParseNodeConfig(std::string_view text, std::string_view source,
                                     const std::filesystem::path& folder);

// Reads the file; NOT_FOUND when there is none.
StatusOr<NodeConfig> LoadNodeConfig(const std::filesystem::path& file);

// Every value in force, one "key: value" to a line, for people.
std::string DescribeNodeConfig(const NodeConfig& config);

// A whole file that must not be longer than bytes_max. NOT_FOUND, RESOURCE_EXHAUSTED,
// INVALID_ARGUMENT (no regular file) or UNAVAILABLE; the message names the path.
StatusOr<std::string> ReadTextFile(const std::filesystem::path& path, size_t bytes_max);

}  // namespace parley
