#include "ledger/rules/proof.h"

#include "base/limits.h"
#include "ledger/rules/state_keys.h"

namespace parley::rules {

std::string Misbehaviour::StateKey() const {
  return keys::Proof(epoch, member, kind, kind.starts_with('C') ? 0 : number);
}

Status NoteEpoch(const Charter& charter, const BlockId& parent, uint64_t parent_height,
                 Workspace* state) {
  const std::string key = keys::EpochStart(charter.version());
  ASSIGN_OR_RETURN(const auto held, state->Get(key));
  if (held.has_value()) return absl::OkStatus();
  v1::EpochState start;
  start.set_first_block(parent.ToString());
  start.set_first_height(parent_height);
  state->Put(key, start);
  return absl::OkStatus();
}

EpochLookup EpochsIn(const CharterBook& book, const StateView& state) {
  return [&book, &state](uint64_t epoch) -> StatusOr<EpochFacts> {
    if (epoch == 0 || epoch > limits::kCharterVersionsMax)
      return NotFound(fmt::format("there is no epoch {}", epoch));
    const auto version = static_cast<uint32_t>(epoch);
    EpochFacts out;
    ASSIGN_OR_RETURN(const auto start, ReadState<v1::EpochState>(state, keys::EpochStart(version)));
    if (!start.has_value()) return NotFound(fmt::format("there is no epoch {} yet", epoch));
    ASSIGN_OR_RETURN(out.charter, book.Version(state, version));
    const auto block = BlockId::FromBytes(start->first_block());
    if (!block.ok()) return DataLoss(fmt::format("state: the start of epoch {} is damaged", epoch));
    out.first_block = *block;
    out.first_height = start->first_height();
    return out;
  };
}

namespace {

StatusOr<uint64_t> CountOf(const StateView& state, const Misbehaviour& proven) {
  ASSIGN_OR_RETURN(const auto count,
                   ReadState<v1::CounterState>(
                       state, keys::ProofCount(proven.epoch, proven.member, proven.kind)));
  return count.has_value() ? count->value() : 0;
}

}  // namespace

Status CheckNewProof(const StateView& state, const Misbehaviour& proven) {
  ASSIGN_OR_RETURN(const auto held, ReadState<v1::ProofState>(state, proven.StateKey()));
  if (held.has_value())
    return AlreadyExists(fmt::format("entry {} has a proof of {} by \"{}\" in epoch {}",
                                     held->index(), proven.kind, proven.member, proven.epoch));
  ASSIGN_OR_RETURN(const uint64_t count, CountOf(state, proven));
  // Each kind has room of its own, and those that can be made large have little: nobody makes room
  // scarce for proofs against itself, or the ledger long, with proofs of its own choice.
  const bool large = proven.kind == "E5" || proven.kind == "E6";
  if (count >= (large ? limits::kLargeProofsPerMemberMax : limits::kProofsPerMemberMax))
    return ResourceExhausted(fmt::format("there are {} proofs {} against \"{}\" of epoch {}", count,
                                         proven.kind, proven.member, proven.epoch));
  return absl::OkStatus();
}

Status PutProof(const Misbehaviour& proven, uint64_t index, Workspace* state) {
  ASSIGN_OR_RETURN(const uint64_t count, CountOf(*state, proven));
  v1::ProofState place;
  place.set_index(index);
  state->Put(proven.StateKey(), place);
  v1::CounterState counter;
  counter.set_value(count + 1);
  state->Put(keys::ProofCount(proven.epoch, proven.member, proven.kind), counter);
  return absl::OkStatus();
}

}  // namespace parley::rules
