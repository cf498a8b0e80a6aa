// The checks of requests that need no ledger.

#include <algorithm>

#include "base/limits.h"
#include "node/rpc/answers.h"

namespace parley::rpc {
namespace {

constexpr size_t kCaseIdBytesMax = 64;
constexpr size_t kStateNameBytesMax = 64;
constexpr size_t kPlaceInListBytesMax = 256;

Status CheckSize(std::string_view what, size_t bytes, size_t want) {
  if (bytes == want) return absl::OkStatus();
  return InvalidArgument(fmt::format("{}: want {} bytes, got {}", what, want, bytes));
}

Status CheckAtMost(std::string_view what, size_t got, size_t max) {
  if (got <= max) return absl::OkStatus();
  return InvalidArgument(fmt::format("{}: at most {}, got {}", what, max, got));
}

}  // namespace

Status CheckRequest(const v1::SubmitRequest& request) {
  if (request.envelopes().empty()) return InvalidArgument("envelopes: want at least one, got 0");
  RETURN_IF_ERROR(CheckAtMost("envelopes", static_cast<size_t>(request.envelopes_size()),
                              limits::kSubmitRecordsMax));
  size_t bytes = 0;
  for (const std::string& envelope : request.envelopes()) {
    RETURN_IF_ERROR(
        CheckAtMost("bytes of one envelope", envelope.size(), limits::kEnvelopeBytesMax));
    bytes += envelope.size();
  }
  return CheckAtMost("bytes of all envelopes", bytes, limits::kSubmitBytesMax);
}

Status CheckRequest(const v1::GetRecordRequest& request) {
  return CheckSize("record_id", request.record_id().size(), RecordId::kSize);
}

Status CheckRequest(const v1::ListEntriesRequest& request) {
  return CheckAtMost("count_max", request.count_max(), limits::kListPageMax);
}

Status CheckRequest(const v1::GetReceiptRequest& request) {
  switch (request.of_case()) {
    case v1::GetReceiptRequest::kIndex:
      return absl::OkStatus();
    case v1::GetReceiptRequest::kRecordId:
      return CheckSize("record_id", request.record_id().size(), RecordId::kSize);
    case v1::GetReceiptRequest::OF_NOT_SET:
      break;
  }
  return InvalidArgument("want an index or a record_id");
}

Status CheckRequest(const v1::GetConsistencyProofRequest& request) {
  if (request.first() <= request.second()) return absl::OkStatus();
  return InvalidArgument(
      fmt::format("want first <= second, got {} and {}", request.first(), request.second()));
}

Status CheckRequest(const v1::ListCasesRequest& request) {
  RETURN_IF_ERROR(CheckAtMost("count_max", request.count_max(), limits::kListPageMax));
  RETURN_IF_ERROR(CheckAtMost("bytes of state", request.state().size(), kStateNameBytesMax));
  return CheckAtMost("bytes of after", request.after().size(), kCaseIdBytesMax);
}

Status CheckRequest(const v1::GetCaseRequest& request) {
  if (request.case_id().empty()) return InvalidArgument("case_id: want one, got none");
  return CheckAtMost("bytes of case_id", request.case_id().size(), kCaseIdBytesMax);
}

Status CheckRequest(const v1::ListObligationsRequest& request) {
  RETURN_IF_ERROR(CheckAtMost("count_max", request.count_max(), limits::kListPageMax));
  RETURN_IF_ERROR(CheckAtMost("bytes of after", request.after().size(), kPlaceInListBytesMax));
  return CheckAtMost("bytes of member", request.member().size(), limits::kNameBytesMax);
}

Status CheckRequest(const v1::GetAuthorHeadRequest& request) {
  return CheckSize("key_id", request.key_id().size(), KeyId::kSize);
}

}  // namespace parley::rpc
