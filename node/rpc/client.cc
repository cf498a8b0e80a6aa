#include "node/rpc/client.h"

#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <algorithm>
#include <thread>

#include "node/rpc/channel.h"
#include "node/rpc/status.h"
#include "parley/v1/ledger_service.grpc.pb.h"

namespace parley::rpc {
namespace {

using Clock = std::chrono::steady_clock;
using Stub = v1::LedgerService::Stub;

constexpr unsigned kAttemptsMax = 5;
constexpr std::chrono::milliseconds kFirstPause{50};

std::chrono::system_clock::time_point ToSystem(Clock::time_point t) {
  return std::chrono::system_clock::now() +
         std::chrono::duration_cast<std::chrono::system_clock::duration>(t - Clock::now());
}

// Between half and the whole of 50 ms, 100 ms, 200 ms, ...: clients that failed together do not
// come back together.
std::chrono::milliseconds PauseBefore(unsigned attempt) {
  const auto whole = kFirstPause * (1 << (attempt - 1));
  const auto share = whole * RandomBytes(1).front() / 255;
  return std::chrono::milliseconds(whole / 2 + share / 2);
}

// What the library's words about a connection that never stood mean to whoever dialled; empty for
// other errors.
std::string MeaningOf(const std::string& words, const std::string& member) {
  const auto says = [&](const char* part) { return words.find(part) != std::string::npos; };
  if (says("certificate verify failed") || says("is not in peer certificate"))
    return fmt::format(
        "who answers there is not the node of {0}, or not of this accord: its certificate is not "
        "signed by the CA of {0}. Is the address right? For another member's node give "
        "--node-member",
        member);
  if (says("wrong version number") || says("handshake failed"))
    return "what answers there does not speak TLS 1.3 as nodes do: is the address right?";
  if (says("Connection refused")) return "nobody listens there: does the node run?";
  return "";
}

}  // namespace

struct Client::Impl {
  std::string target;
  std::string member;
  std::chrono::milliseconds timeout{};
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<Stub> stub;

  template <typename Request, typename Response>
  using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&, Response*);

  // One call with all its attempts.
  template <typename Request, typename Response>
  StatusOr<Response> Call(Method<Request, Response> method, const Request& request,
                          std::chrono::milliseconds within) const {
    const Clock::time_point deadline = Clock::now() + within;
    for (unsigned attempt = 1;; ++attempt) {
      Response response;
      grpc::ClientContext context;
      context.set_deadline(ToSystem(deadline));
      const grpc::Status result = (stub.get()->*method)(&context, request, &response);
      if (result.ok()) return response;
      const auto pause = PauseBefore(attempt);
      // Nobody cancels here: a node that stops, or that serves its port anew, ends its calls so.
      const bool cancelled = result.error_code() == grpc::StatusCode::CANCELLED;
      const bool again = (cancelled || result.error_code() == grpc::StatusCode::UNAVAILABLE) &&
                         attempt < kAttemptsMax && Clock::now() + pause < deadline;
      if (!again && cancelled) return Unavailable(fmt::format("{} ended the call", target));
      if (!again) return Explain(result);
      std::this_thread::sleep_for(pause);
    }
  }

  Status Explain(const grpc::Status& result) const {
    const Status status = FromGrpc(result);
    if (status.ok()) return status;
    const std::string meaning =
        absl::IsUnavailable(status) ? MeaningOf(MessageOf(status), member) : "";
    return meaning.empty() ? Annotate(status, target)
                           : Status(status.code(),
                                    fmt::format("{}: {} ({})", target, meaning, MessageOf(status)));
  }
};

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

StatusOr<std::unique_ptr<Client>> Client::Connect(const ClientOptions& options,
                                                  const SecretKey& tls_key) {
  if (options.timeout <= std::chrono::milliseconds::zero())
    return InvalidArgument("the timeout of calls must be positive");
  auto impl = std::make_unique<Impl>();
  impl->target = fmt::format("node of {} at {}", options.member, options.address);
  impl->member = options.member;
  impl->timeout = options.timeout;
  ASSIGN_OR_RETURN(const Dialler dialler,
                   Dialler::Create({options.address, options.member, options.member_ca},
                                   {options.certificate_pem, tls_key}),
                   "{}", impl->target);
  impl->channel = dialler.Dial();
  impl->stub = v1::LedgerService::NewStub(impl->channel);
  return std::unique_ptr<Client>(new Client(std::move(impl)));
}

Status Client::WaitUntilReady(std::chrono::milliseconds timeout) {
  if (impl_->channel->WaitForConnected(std::chrono::system_clock::now() + timeout))
    return absl::OkStatus();
  return Unavailable(fmt::format("{}: no connection within {} ms", target(), timeout.count()));
}

StatusOr<v1::SubmitResponse> Client::Submit(const v1::SubmitRequest& request,
                                            std::chrono::milliseconds timeout) {
  return impl_->Call(&Stub::Submit, request, timeout);
}
StatusOr<v1::SubmitResponse> Client::Submit(const v1::SubmitRequest& request) {
  return Submit(request, impl_->timeout);
}
StatusOr<v1::GetRecordResponse> Client::GetRecord(const v1::GetRecordRequest& request) {
  return impl_->Call(&Stub::GetRecord, request, impl_->timeout);
}
StatusOr<v1::GetEntryResponse> Client::GetEntry(const v1::GetEntryRequest& request) {
  return impl_->Call(&Stub::GetEntry, request, impl_->timeout);
}
StatusOr<v1::ListEntriesResponse> Client::ListEntries(const v1::ListEntriesRequest& request) {
  return impl_->Call(&Stub::ListEntries, request, impl_->timeout);
}
StatusOr<v1::GetReceiptResponse> Client::GetReceipt(const v1::GetReceiptRequest& request) {
  return impl_->Call(&Stub::GetReceipt, request, impl_->timeout);
}
StatusOr<v1::GetCheckpointResponse> Client::GetCheckpoint(const v1::GetCheckpointRequest& request) {
  return impl_->Call(&Stub::GetCheckpoint, request, impl_->timeout);
}
StatusOr<v1::GetConsistencyProofResponse> Client::GetConsistencyProof(
    const v1::GetConsistencyProofRequest& request) {
  return impl_->Call(&Stub::GetConsistencyProof, request, impl_->timeout);
}
StatusOr<v1::ListCasesResponse> Client::ListCases(const v1::ListCasesRequest& request) {
  return impl_->Call(&Stub::ListCases, request, impl_->timeout);
}
StatusOr<v1::GetCaseResponse> Client::GetCase(const v1::GetCaseRequest& request) {
  return impl_->Call(&Stub::GetCase, request, impl_->timeout);
}
StatusOr<v1::ListObligationsResponse> Client::ListObligations(
    const v1::ListObligationsRequest& request) {
  return impl_->Call(&Stub::ListObligations, request, impl_->timeout);
}
StatusOr<v1::GetCharterResponse> Client::GetCharter(const v1::GetCharterRequest& request) {
  return impl_->Call(&Stub::GetCharter, request, impl_->timeout);
}
StatusOr<v1::GetAuthorHeadResponse> Client::GetAuthorHead(const v1::GetAuthorHeadRequest& request) {
  return impl_->Call(&Stub::GetAuthorHead, request, impl_->timeout);
}
StatusOr<v1::GetStatusResponse> Client::GetStatus() {
  return impl_->Call(&Stub::GetStatus, v1::GetStatusRequest(), impl_->timeout);
}

Status Client::Watch(uint64_t first, std::chrono::milliseconds timeout, const Visitor& visit) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + timeout);
  v1::WatchRequest request;
  request.set_first(first);
  const auto reader = impl_->stub->Watch(&context, request);
  v1::WatchResponse response;
  while (reader->Read(&response)) {
    if (visit(response)) continue;
    context.TryCancel();
    while (reader->Read(&response)) {
    }
    reader->Finish().IgnoreError();
    return absl::OkStatus();
  }
  return impl_->Explain(reader->Finish());
}

const std::string& Client::target() const { return impl_->target; }

}  // namespace parley::rpc
