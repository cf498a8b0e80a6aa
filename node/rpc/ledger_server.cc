#include "node/rpc/ledger_server.h"

#include "node/rpc/answers.h"
#include "node/rpc/status.h"

namespace parley::rpc {
namespace {

// A call that is finished once, by the pool's task or at once. A cancelled one ends when its turn
// comes: reads are short, and the queue is bounded.
class ReadReactor final : public grpc::ServerUnaryReactor {
 public:
  void OnDone() override { delete this; }
};

class RefusedWatch final : public grpc::ServerWriteReactor<v1::WatchResponse> {
 public:
  explicit RefusedWatch(const Status& why) { Finish(ToGrpc(why)); }
  void OnDone() override { delete this; }
};

}  // namespace

LedgerServer::LedgerServer(const Authorizer& authorizer, replica::Replica& replica, WorkPool& pool)
    : authorizer_(authorizer),
      replica_(replica),
      pool_(pool),
      watchers_(authorizer, replica, pool) {}
LedgerServer::~LedgerServer() = default;

void LedgerServer::Stop() {
  watchers_.Stop();
  submissions_.Stop();
}

template <typename Request, typename Response>
LedgerServer::Unary* LedgerServer::Read(Context* context, const Request* request,
                                        Response* response) {
  auto* const reactor = new ReadReactor;  // deletes itself
  Status status = CheckRequest(*request);
  if (status.ok()) status = authorizer_.ForRead(*context->auth_context()).status();
  if (status.ok()) {
    status = pool_.Post([this, context, request, response, reactor] {
      if (context->IsCancelled()) return reactor->Finish(grpc::Status::CANCELLED);
      auto latest = replica_.Latest();
      if (latest == nullptr)
        return reactor->Finish(ToGrpc(Unavailable("the node has no ledger yet")));
      // Again: the charter that what is read now belongs to may have come while the call waited.
      const Status still = authorizer_.ForRead(*context->auth_context()).status();
      if (!still.ok()) return reactor->Finish(ToGrpc(still));
      const LedgerView view{*latest->charter, authorizer_.self(), replica_, latest};
      reactor->Finish(ToGrpc(Answer(view, *request, response)));
    });
  }
  if (!status.ok()) reactor->Finish(ToGrpc(status));
  return reactor;
}

LedgerServer::Unary* LedgerServer::Submit(Context* context, const v1::SubmitRequest* request,
                                          v1::SubmitResponse* response) {
  Status status = CheckRequest(*request);
  if (status.ok()) status = authorizer_.ForSubmit(*context->auth_context()).status();
  if (status.ok()) return new SubmitCall(submissions_, context, request, response, replica_);
  auto* const refused = new ReadReactor;
  refused->Finish(ToGrpc(status));
  return refused;
}

grpc::ServerWriteReactor<v1::WatchResponse>* LedgerServer::Watch(Context* context,
                                                                 const v1::WatchRequest* request) {
  const Status status = authorizer_.ForRead(*context->auth_context()).status();
  if (!status.ok()) return new RefusedWatch(status);
  return watchers_.Watch(context, request->first());
}

LedgerServer::Unary* LedgerServer::GetRecord(Context* context, const v1::GetRecordRequest* request,
                                             v1::GetRecordResponse* response) {
  return Read(context, request, response);
}
LedgerServer::Unary* LedgerServer::GetEntry(Context* context, const v1::GetEntryRequest* request,
                                            v1::GetEntryResponse* response) {
  return Read(context, request, response);
}
LedgerServer::Unary* LedgerServer::ListEntries(Context* context,
                                               const v1::ListEntriesRequest* request,
                                               v1::ListEntriesResponse* response) {
  return Read(context, request, response);
}
LedgerServer::Unary* LedgerServer::GetReceipt(Context* context,
                                              const v1::GetReceiptRequest* request,
                                              v1::GetReceiptResponse* response) {
  return Read(context, request, response);
}
LedgerServer::Unary* LedgerServer::GetCheckpoint(Context* context,
                                                 const v1::GetCheckpointRequest* request,
                                                 v1::GetCheckpointResponse* response) {
  return Read(context, request, response);
}
LedgerServer::Unary* LedgerServer::GetConsistencyProof(
    Context* context, const v1::GetConsistencyProofRequest* request,
    v1::GetConsistencyProofResponse* response) {
  return Read(context, request, response);
}
LedgerServer::Unary* LedgerServer::ListCases(Context* context, const v1::ListCasesRequest* request,
                                             v1::ListCasesResponse* response) {
  return Read(context, request, response);
}
LedgerServer::Unary* LedgerServer::GetCase(Context* context, const v1::GetCaseRequest* request,
                                           v1::GetCaseResponse* response) {
  return Read(context, request, response);
}
LedgerServer::Unary* LedgerServer::ListObligations(Context* context,
                                                   const v1::ListObligationsRequest* request,
                                                   v1::ListObligationsResponse* response) {
  return Read(context, request, response);
}
LedgerServer::Unary* LedgerServer::GetCharter(Context* context,
                                              const v1::GetCharterRequest* request,
                                              v1::GetCharterResponse* response) {
  return Read(context, request, response);
}
LedgerServer::Unary* LedgerServer::GetAuthorHead(Context* context,
                                                 const v1::GetAuthorHeadRequest* request,
                                                 v1::GetAuthorHeadResponse* response) {
  return Read(context, request, response);
}
LedgerServer::Unary* LedgerServer::GetStatus(Context* context, const v1::GetStatusRequest* request,
                                             v1::GetStatusResponse* response) {
  return Read(context, request, response);
}

}  // namespace parley::rpc
