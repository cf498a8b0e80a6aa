#include "node/rpc/submit_call.h"

#include <grpcpp/server_context.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "node/rpc/answers.h"
#include "node/rpc/status.h"

namespace parley::rpc {
namespace {

std::chrono::steady_clock::time_point AnswerBy(const grpc::CallbackServerContext& context) {
  const auto now = std::chrono::system_clock::now();
  const auto wanted = std::min(context.deadline(), now + kSubmitWaitMax) - now - kSubmitMargin;
  return std::chrono::steady_clock::now() +
         std::max(std::chrono::duration_cast<std::chrono::steady_clock::duration>(wanted),
                  std::chrono::steady_clock::duration::zero());
}

}  // namespace

Status SubmitCalls::Register(SubmitCall* call) {
  const MutexLock lock(&mu_);
  if (stopped_) return Unavailable("the node is stopping");
  if (open_.size() >= limits::kSubmitsWaitingMax)
    return ResourceExhausted(
        fmt::format("{} submissions wait already; try again", limits::kSubmitsWaitingMax));
  open_.insert(call);
  return absl::OkStatus();
}

void SubmitCalls::Unregister(SubmitCall* call) {
  const MutexLock lock(&mu_);
  open_.erase(call);
}

void SubmitCalls::Stop() {
  // Under the lock no call can be deleted.
  const MutexLock lock(&mu_);
  stopped_ = true;
  for (SubmitCall* const call : open_) call->End(ToGrpc(Unavailable("the node is stopping")));
}

SubmitCall::SubmitCall(SubmitCalls& calls, grpc::CallbackServerContext* context,
                       const v1::SubmitRequest* request, v1::SubmitResponse* response,
                       replica::Replica& replica)
    : calls_(calls) {
  const Status status = calls_.Register(this);
  registered_ = status.ok();
  if (registered_) {
    Begin(context, request, response, replica);
  } else {
    End(ToGrpc(status));
  }
}

void SubmitCall::Begin(grpc::CallbackServerContext* context, const v1::SubmitRequest* request,
                       v1::SubmitResponse* response, replica::Replica& replica) {
  std::vector<std::string> envelopes(request->envelopes().begin(), request->envelopes().end());
  auto done = [this, response,
               claim = claim_](const std::vector<replica::SubmitOutcome>& outcomes) {
    if (claim->exchange(true)) return;  // ended already: this and response may be gone
    ToResponse(outcomes, response);
    Finish(grpc::Status::OK);
  };
  const Status queued = replica.Submit(std::move(envelopes), request->wait_final(),
                                       AnswerBy(*context), std::move(done));
  if (!queued.ok()) End(ToGrpc(queued));
}

void SubmitCall::End(const grpc::Status& status) {
  if (!claim_->exchange(true)) Finish(status);
}

void SubmitCall::OnDone() {
  if (registered_) calls_.Unregister(this);
  delete this;
}

}  // namespace parley::rpc
