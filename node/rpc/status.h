#pragma once

// absl::Status and grpc::Status have the same codes by number and meaning; this is the only place
// that maps one to the other. Functions are pure and thread-safe.

#include <grpcpp/support/status.h>

#include "base/status.h"

namespace parley::rpc {

// Messages longer than this (bytes) are cut: they travel in HTTP/2 headers, which have limits.
inline constexpr size_t kStatusMessageBytesMax = 4'096;

// For answers. Bytes of the message that are not printable ASCII or UTF-8 are left to gRPC, which
// percent-encodes them.
grpc::Status ToGrpc(const Status& status);

// For results of calls. A code that Abseil does not know becomes UNKNOWN.
Status FromGrpc(const grpc::Status& status);

}  // namespace parley::rpc
