#include "node/rpc/answers.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "ledger/rules/queries.h"
#include "ledger/rules/state_keys.h"
#include "ledger/rules/workspace.h"
#include "node/replica/status.h"
#include "node/rpc/version.h"
#include "parley/v1/entry.pb.h"

namespace parley::rpc {
namespace {

constexpr size_t kAnswerBytesMax = 4 << 20;

store::LedgerReader ReaderOf(const LedgerView& view) {
  return store::LedgerReader(view.latest->snapshot);
}

Status CheckIndex(const LedgerView& view, uint64_t index) {
  const uint64_t size = view.latest->tip.size;
  if (index < size) return absl::OkStatus();
  return NotFound(fmt::format("there is no entry {}: the ledger has {} entries", index, size));
}

// The envelope inside a stored entry.
StatusOr<std::string> EnvelopeOf(const std::string& bytes, uint64_t index) {
  v1::Entry entry;
  if (!entry.ParseFromString(bytes) || entry.content_case() != v1::Entry::kRecord)
    return DataLoss(fmt::format("entry {} should hold a record and does not", index));
  return std::move(*entry.mutable_record());
}

Status FinalRecord(const LedgerView& view, const RecordId& id, v1::GetRecordResponse* out) {
  const store::LedgerReader reader = ReaderOf(view);
  ASSIGN_OR_RETURN(const uint64_t index, reader.FindRecord(id));
  ASSIGN_OR_RETURN(const std::string entry, reader.Entry(index));
  ASSIGN_OR_RETURN(*out->mutable_envelope(), EnvelopeOf(entry, index));
  out->set_state(v1::GetRecordResponse::FINAL);
  out->set_index(index);
  return absl::OkStatus();
}

}  // namespace

Status Answer(const LedgerView& view, const v1::GetRecordRequest& request,
              v1::GetRecordResponse* out) {
  ASSIGN_OR_RETURN(const RecordId id, RecordId::FromBytes(request.record_id()));
  const Status final_now = FinalRecord(view, id, out);
  if (!absl::IsNotFound(final_now)) return final_now;
  auto pending = view.replica.PendingRecord(id);
  if (pending.ok()) {
    out->set_state(v1::GetRecordResponse::PENDING);
    out->set_envelope(*std::move(pending));
    return absl::OkStatus();
  }
  if (!absl::IsNotFound(pending.status())) return pending.status();
  // It may have become final between the two looks.
  const LedgerView newer{view.charter, view.member, view.replica, view.replica.Latest()};
  const Status final_then = FinalRecord(newer, id, out);
  if (!absl::IsNotFound(final_then)) return final_then;
  return NotFound(fmt::format("record {} is neither final nor pending here", id));
}

Status Answer(const LedgerView& view, const v1::GetEntryRequest& request,
              v1::GetEntryResponse* out) {
  RETURN_IF_ERROR(CheckIndex(view, request.index()));
  ASSIGN_OR_RETURN(*out->mutable_entry(), ReaderOf(view).Entry(request.index()));
  return absl::OkStatus();
}

Status Answer(const LedgerView& view, const v1::ListEntriesRequest& request,
              v1::ListEntriesResponse* out) {
  const uint64_t size = view.latest->tip.size;
  out->set_size(size);
  const uint64_t wanted = request.count_max() == 0 ? limits::kListPageMax : request.count_max();
  const store::LedgerReader reader = ReaderOf(view);
  size_t bytes = 0;
  for (uint64_t i = 0; i < wanted && request.first() < size && i < size - request.first(); ++i) {
    ASSIGN_OR_RETURN(std::string entry, reader.Entry(request.first() + i));
    bytes += entry.size();
    if (i > 0 && bytes > kAnswerBytesMax) break;
    out->add_entries(std::move(entry));
  }
  return absl::OkStatus();
}

Status Answer(const LedgerView& view, const v1::GetCharterRequest& request,
              v1::GetCharterResponse* out) {
  const store::StoredState state(view.latest->snapshot);
  const uint32_t version = request.version() == 0 ? view.charter.version() : request.version();
  ASSIGN_OR_RETURN(const auto held, rules::ReadState<v1::CharterVersionState>(
                                        state, rules::keys::CharterVersion(version)));
  if (!held.has_value())
    return NotFound(fmt::format("there is no charter version {}: in force is version {}", version,
                                view.charter.version()));
  out->set_charter_note(held->note());
  out->set_version(version);
  out->set_in_force(view.charter.version());
  out->set_index(held->index());
  size_t bytes = 0;
  return state.Scan(rules::keys::kProposalPrefix, [&](std::string_view, std::string_view value) {
    v1::ProposalState proposal;
    bytes += value.size();
    if (bytes > kAnswerBytesMax || !proposal.ParseFromString(std::string(value))) return false;
    out->add_proposed(proposal.note());
    return true;
  });
}

Status Answer(const LedgerView& view, const v1::GetAuthorHeadRequest& request,
              v1::GetAuthorHeadResponse* out) {
  ASSIGN_OR_RETURN(const KeyId key, KeyId::FromBytes(request.key_id()));
  ASSIGN_OR_RETURN(const auto head, view.replica.AuthorHead(key));
  out->set_sequence(head.first);
  if (head.first > 0) out->set_previous(head.second.ToString());
  return absl::OkStatus();
}

Status Answer(const LedgerView& view, const v1::GetStatusRequest& /*request*/,
              v1::GetStatusResponse* out) {
  const replica::ReplicaStatus status = view.replica.GetStatus();
  const rules::LedgerTip& tip = view.latest->tip;
  out->set_member(view.member);
  out->set_origin(view.charter.origin());
  out->set_ledger_id(view.charter.ledger_id().ToString());
  out->set_size(tip.size);
  out->set_root(tip.tree.Root().ToString());
  out->set_height(tip.height);
  out->set_time_ms(ToInt(tip.time));
  out->set_checkpoint_size(view.latest->checkpoint_size);
  out->set_epoch(consensus::ToInt(status.core.epoch));
  out->set_view(consensus::ToInt(status.core.view));
  out->set_leader(status.leader);
  out->set_pending_records(status.pending_records);
  out->set_voting(status.core.voting);
  out->set_waiting_for(status.core.waiting_for);
  out->set_evidence_count(status.core.evidence_count);
  out->set_software(std::string(kSoftware));
  for (const replica::PeerView& peer : status.peers) {
    v1::PeerStatus* const p = out->add_peers();
    p->set_member(peer.member);
    p->set_connected(peer.connected);
    p->set_last_voted_ms(ToInt(peer.last_voted));
    p->set_last_cosigned_ms(ToInt(peer.last_cosigned));
    p->set_cosigned_size(peer.cosigned_size);
    p->set_height(peer.height);
  }
  for (const std::string& alarm : status.alarms) out->add_alarms(alarm);
  for (const std::string& notice : status.notices) out->add_notices(notice);
  const store::StoredState state(view.latest->snapshot);
  ASSIGN_OR_RETURN(const auto proven, rules::ListProven(state));
  for (const rules::ProvenView& p : proven) {
    v1::ProvenMisbehaviour* const to = out->add_proven();
    to->set_member(p.member);
    to->mutable_kinds()->Add(p.kinds.begin(), p.kinds.end());
    to->set_proofs(p.proofs);
    to->set_first_index(p.first_index);
  }
  if (!status.catch_up.has_value()) return absl::OkStatus();
  v1::CatchUp* const c = out->mutable_catch_up();
  c->set_certified_height(status.catch_up->certified_height);
  c->set_blocks_left(status.catch_up->blocks_left);
  c->set_from(status.catch_up->from);
  c->set_blocks_done(status.catch_up->blocks_done);
  c->set_entries_done(status.catch_up->entries_done);
  c->set_elapsed_ms(status.catch_up->elapsed_ms);
  c->set_seconds_left(status.catch_up->seconds_left);
  return absl::OkStatus();
}

void ToResponse(const std::vector<replica::SubmitOutcome>& outcomes, v1::SubmitResponse* out) {
  for (const replica::SubmitOutcome& outcome : outcomes) {
    v1::SubmitResult* const result = out->add_results();
    if (!outcome.id.IsZero()) result->set_record_id(outcome.id.ToString());
    result->set_code(static_cast<uint32_t>(outcome.status.code()));
    result->set_message(MessageOf(outcome.status));
    result->set_intake_receipt(outcome.intake_receipt);
    result->set_final(outcome.final);
    if (!outcome.final) continue;
    result->set_index(outcome.index);
    result->set_time_ms(ToInt(outcome.time));
  }
}

}  // namespace parley::rpc
