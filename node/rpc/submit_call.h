#pragma once

// SubmitCall: one Submit on its way through the replica. The replica's answer and the caller's
// cancellation may come at the same time, and the answer after the call is gone: whoever takes the
// claim first may touch the call, once.

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <set>

#include "base/mutex.h"
#include "node/replica/replica.h"
#include "parley/v1/ledger_service.pb.h"

namespace parley::rpc {

// How long a Submit may wait for finality, whatever the caller's deadline.
inline constexpr std::chrono::seconds kSubmitWaitMax{60};
// The answer sets out this long before the caller's deadline.
inline constexpr std::chrono::milliseconds kSubmitMargin{100};

class SubmitCall;

// The calls under way: bounded, and ended together when the node stops. Thread-safe; must outlive
// the calls.
class SubmitCalls {
 public:
  // UNAVAILABLE after Stop(), RESOURCE_EXHAUSTED when limits::kSubmitsWaitingMax are here.
  Status Register(SubmitCall* call);
  void Unregister(SubmitCall* call);
  // Ends every call with UNAVAILABLE: whether its records are kept the caller learns by asking
  // again, which is harmless.
  void Stop();

 private:
  Mutex mu_;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::set<SubmitCall*> open_ ABSL_GUARDED_BY(mu_);
};

class SubmitCall final : public grpc::ServerUnaryReactor {
 public:
  // Starts at once; `request` is checked already. Deletes itself.
  SubmitCall(SubmitCalls& calls, grpc::CallbackServerContext* context,
             const v1::SubmitRequest* request, v1::SubmitResponse* response,
             replica::Replica& replica);

  // Finishes the call unless somebody has.
  void End(const grpc::Status& status);
  void OnCancel() override { End(grpc::Status::CANCELLED); }
  void OnDone() override;

 private:
  void Begin(grpc::CallbackServerContext* context, const v1::SubmitRequest* request,
             v1::SubmitResponse* response, replica::Replica& replica);

  SubmitCalls& calls_;
  bool registered_ = false;
  // Shared with the replica's callback, which may outlive the call.
  const std::shared_ptr<std::atomic<bool>> claim_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace parley::rpc
