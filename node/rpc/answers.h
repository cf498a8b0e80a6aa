#pragma once

// What LedgerService answers, without gRPC: each read is one function of a request and of what the
// replica published last. They read from the database, so they run on the readers' pool.
//
// CheckRequest is the part that needs no ledger (limits and sizes): it runs first, in the callback
// thread. All functions are thread-safe. Codes: INVALID_ARGUMENT the request, NOT_FOUND no such
// thing here, UNAVAILABLE not yet, DATA_LOSS the database is damaged.

#include <memory>

#include "base/status.h"
#include "ledger/rules/charter.h"
#include "node/replica/replica.h"
#include "parley/v1/ledger_service.pb.h"

namespace parley::rpc {

// What an answer is drawn from. Borrows charter (that of `latest`) and replica.
struct LedgerView {
  const rules::Charter& charter;  // in force
  const std::string& member;      // whose node answers
  const replica::Replica& replica;
  std::shared_ptr<const replica::Published> latest;  // never null
};

// Requests without an overload need no check.
template <typename Request>
Status CheckRequest(const Request& /*request*/) {
  return absl::OkStatus();
}
Status CheckRequest(const v1::SubmitRequest& request);
Status CheckRequest(const v1::GetRecordRequest& request);
Status CheckRequest(const v1::ListEntriesRequest& request);
Status CheckRequest(const v1::GetReceiptRequest& request);
Status CheckRequest(const v1::GetConsistencyProofRequest& request);
Status CheckRequest(const v1::ListCasesRequest& request);
Status CheckRequest(const v1::GetCaseRequest& request);
Status CheckRequest(const v1::ListObligationsRequest& request);
Status CheckRequest(const v1::GetAuthorHeadRequest& request);

Status Answer(const LedgerView& view, const v1::GetRecordRequest& request,
              v1::GetRecordResponse* out);
Status Answer(const LedgerView& view, const v1::GetEntryRequest& request,
              v1::GetEntryResponse* out);
// Fewer than asked for when they would exceed 4 MiB; at least one when there is one.
Status Answer(const LedgerView& view, const v1::ListEntriesRequest& request,
              v1::ListEntriesResponse* out);
// Against the newest checkpoint. UNAVAILABLE while none covers the entry.
Status Answer(const LedgerView& view, const v1::GetReceiptRequest& request,
              v1::GetReceiptResponse* out);
Status Answer(const LedgerView& view, const v1::GetCheckpointRequest& request,
              v1::GetCheckpointResponse* out);
Status Answer(const LedgerView& view, const v1::GetConsistencyProofRequest& request,
              v1::GetConsistencyProofResponse* out);
Status Answer(const LedgerView& view, const v1::ListCasesRequest& request,
              v1::ListCasesResponse* out);
// All indexes, but only as many entries, from the first, as fit into 4 MiB.
Status Answer(const LedgerView& view, const v1::GetCaseRequest& request, v1::GetCaseResponse* out);
Status Answer(const LedgerView& view, const v1::ListObligationsRequest& request,
              v1::ListObligationsResponse* out);
Status Answer(const LedgerView& view, const v1::GetCharterRequest& request,
              v1::GetCharterResponse* out);
Status Answer(const LedgerView& view, const v1::GetAuthorHeadRequest& request,
              v1::GetAuthorHeadResponse* out);
Status Answer(const LedgerView& view, const v1::GetStatusRequest& request,
              v1::GetStatusResponse* out);

// What became of submitted records, in their order.
void ToResponse(const std::vector<replica::SubmitOutcome>& outcomes, v1::SubmitResponse* out);

}  // namespace parley::rpc
