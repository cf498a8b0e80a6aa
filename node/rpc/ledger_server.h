#pragma once

// LedgerServer: LedgerService for officers and auditors. A call is authorized, its request checked
// against the limits, and then handed on: reads to the readers' pool, Submit to the replica's
// queue. Callback threads never wait or read the disk. Every deadline is capped.

#include <memory>

#include "node/replica/replica.h"
#include "node/rpc/authorizer.h"
#include "node/rpc/submit_call.h"
#include "node/rpc/watch.h"
#include "node/rpc/work_pool.h"
#include "parley/v1/ledger_service.grpc.pb.h"

namespace parley::rpc {

// gRPC calls the methods below on its own threads; each
// returns a reactor at once, which deletes itself when its call has ended. A caller without a right
// to the call gets UNAUTHENTICATED or PERMISSION_DENIED, a request over a limit INVALID_ARGUMENT, a
// full queue RESOURCE_EXHAUSTED.
class LedgerServer final : public v1::LedgerService::CallbackService {
 public:
  // Borrows everything; all three must outlive the calls that are under way, too.
  LedgerServer(const Authorizer& authorizer, replica::Replica& replica, WorkPool& pool);
  ~LedgerServer() override;

  // Ends Watch streams and waiting submissions; reads end by themselves.
  void Stop();

  using Context = grpc::CallbackServerContext;
  using Unary = grpc::ServerUnaryReactor;
  // What a request and an answer hold: proto/parley/v1/ledger_service.proto. Who may
  // call which of them: authorizer.h.
  Unary* Submit(Context* context, const v1::SubmitRequest* request,
                v1::SubmitResponse* response) override;
  Unary* GetRecord(Context* context, const v1::GetRecordRequest* request,
                   v1::GetRecordResponse* response) override;
  Unary* GetEntry(Context* context, const v1::GetEntryRequest* request,
                  v1::GetEntryResponse* response) override;
  Unary* ListEntries(Context* context, const v1::ListEntriesRequest* request,
                     v1::ListEntriesResponse* response) override;
  Unary* GetReceipt(Context* context, const v1::GetReceiptRequest* request,
                    v1::GetReceiptResponse* response) override;
  Unary* GetCheckpoint(Context* context, const v1::GetCheckpointRequest* request,
                       v1::GetCheckpointResponse* response) override;
  Unary* GetConsistencyProof(Context* context, const v1::GetConsistencyProofRequest* request,
                             v1::GetConsistencyProofResponse* response) override;
  Unary* ListCases(Context* context, const v1::ListCasesRequest* request,
                   v1::ListCasesResponse* response) override;
  Unary* GetCase(Context* context, const v1::GetCaseRequest* request,
                 v1::GetCaseResponse* response) override;
  Unary* ListObligations(Context* context, const v1::ListObligationsRequest* request,
                         v1::ListObligationsResponse* response) override;
  Unary* GetCharter(Context* context, const v1::GetCharterRequest* request,
                    v1::GetCharterResponse* response) override;
  Unary* GetAuthorHead(Context* context, const v1::GetAuthorHeadRequest* request,
                       v1::GetAuthorHeadResponse* response) override;
  Unary* GetStatus(Context* context, const v1::GetStatusRequest* request,
                   v1::GetStatusResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(Context* context,
                                                     const v1::WatchRequest* request) override;

 private:
  // Answers on a thread of the readers' pool, from a snapshot of the store.
  template <typename Request, typename Response>
  Unary* Read(Context* context, const Request* request, Response* response);

  const Authorizer& authorizer_;
  replica::Replica& replica_;
  WorkPool& pool_;
  WatchHub watchers_;
  SubmitCalls submissions_;
};

}  // namespace parley::rpc
