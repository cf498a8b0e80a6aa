#include "node/rpc/status.h"

namespace parley::rpc {

grpc::Status ToGrpc(const Status& status) {
  if (status.ok()) return grpc::Status::OK;
  std::string message = MessageOf(status);
  if (message.size() > kStatusMessageBytesMax) {
    message.resize(kStatusMessageBytesMax);
    message += " [cut]";
  }
  return {static_cast<grpc::StatusCode>(status.code()), message};
}

Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const int code = status.error_code();
  const bool known = code > 0 && code <= static_cast<int>(absl::StatusCode::kUnauthenticated);
  return {known ? static_cast<absl::StatusCode>(code) : absl::StatusCode::kUnknown,
          status.error_message()};
}

}  // namespace parley::rpc
