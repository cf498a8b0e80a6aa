#include "tests/proofs/accuser.h"

#include "base/check.h"
#include "ledger/note/cosignature.h"
#include "ledger/note/signed_note.h"
#include "node/consensus/evidence.h"
#include "tests/ledger/merkle_reference.h"

namespace parley::testing {
namespace {

template <class T>
T Must(StatusOr<T> value) {
  if (!value.ok()) fmt::print(stderr, "{}\n", value.status().ToString());
  PARLEY_CHECK(value.ok());
  return *std::move(value);
}

std::vector<PublicKey> NodeKeys(const rules::Charter& charter) {
  std::vector<PublicKey> out;
  for (const rules::CharterMember& m : charter.members()) out.push_back(m.node_key);
  return out;
}

std::vector<Hash> LeavesOf(const std::vector<std::string>& entries, uint64_t size) {
  std::vector<Hash> out;
  for (uint64_t i = 0; i < size; ++i) out.push_back(merkle::LeafHash(AsBytes(entries.at(i))));
  return out;
}

}  // namespace

Hash RootOf(const std::vector<std::string>& entries, uint64_t size) {
  return merkle::ReferenceRoot(LeavesOf(entries, size));
}

Accuser::Accuser(const rules::Charter& charter, const BlockId& first_block, uint64_t first_height,
                 Keys keys)
    : charter_(charter),
      keys_(std::move(keys)),
      committee_(Must(consensus::Committee::Create(
          charter.ledger_id(), consensus::Epoch{charter.version()}, NodeKeys(charter), first_block,
          consensus::Height{first_height}))) {}

consensus::SignedVote Accuser::Sign(size_t member, const consensus::Vote& vote) const {
  const SecretKey key = keys_(charter_.members().at(member).name, "node");
  return {vote, static_cast<consensus::MemberIndex>(member),
          key.Sign(consensus::VoteBytes(charter_.ledger_id(), vote))};
}

consensus::Slot Accuser::SlotIn(uint64_t view, const std::string& block,
                                const consensus::Justification& justification) const {
  consensus::Slot out;
  out.epoch = committee_.epoch();
  out.view = consensus::View{view};
  out.height = consensus::Height{consensus::ToInt(committee_.first_height()) + 1};
  out.block = Sha256<BlockId>(AsBytes(block));
  out.parent_slot = committee_.first_slot();
  out.justification = consensus::JustificationHash(charter_.ledger_id(), justification);
  return out;
}

std::string Accuser::Encode(const consensus::Evidence& evidence) const {
  return consensus::EncodeEvidence(charter_.ledger_id(), evidence);
}

std::string Accuser::Votes(consensus::EvidenceKind kind, size_t member, uint64_t view) const {
  using consensus::EvidenceKind;
  using consensus::VoteKind;
  const auto vote = [&](VoteKind k, const std::string& block) {
    return Sign(member, consensus::VoteFor(charter_.ledger_id(), k, SlotIn(view, block)));
  };
  const bool two_notarize =
      kind == EvidenceKind::kTwoNotarize || kind == EvidenceKind::kNotarizeFinalize;
  const consensus::SignedVote second =
      vote(kind == EvidenceKind::kTwoNotarize ? VoteKind::kNotarize : VoteKind::kFinalize, "b");
  const consensus::SignedVote first =
      kind == EvidenceKind::kNullifyFinalize
          ? Sign(member, consensus::NullifyVote(committee_.epoch(), consensus::View{view}))
          : vote(two_notarize ? VoteKind::kNotarize : VoteKind::kFinalize, "a");
  const auto evidence = consensus::MakeEvidence(first, second);
  PARLEY_CHECK(evidence.has_value() && evidence->kind == kind);
  return Encode(*evidence);
}

std::string Accuser::BadJustification(size_t member, bool legal) const {
  consensus::Evidence out;
  out.kind = consensus::EvidenceKind::kBadJustification;
  out.justification = consensus::Justification();
  out.slot = SlotIn(legal ? 1 : 2, "a", *out.justification);
  out.first = Sign(
      member, consensus::VoteFor(charter_.ledger_id(), consensus::VoteKind::kNotarize, *out.slot));
  return Encode(out);
}

std::string Accuser::BadBlock(size_t member, const rules::RawBlock& block, uint64_t view) const {
  consensus::Slot slot = SlotIn(view, "");
  slot.block = block.header.Id(charter_.ledger_id());
  slot.height = consensus::Height{block.header.height};
  consensus::Evidence out;
  out.kind = consensus::EvidenceKind::kBadBlock;
  out.first =
      Sign(member, consensus::VoteFor(charter_.ledger_id(), consensus::VoteKind::kNotarize, slot));
  out.block = std::make_shared<const std::string>(block.Encode(charter_.ledger_id()));
  return Encode(out);
}

std::string Accuser::Note(size_t member, uint64_t size, const Hash& root) const {
  const note::Checkpoint checkpoint{charter_.origin(), size, root};
  const std::string& name = charter_.members().at(member).name;
  note::SignedNote out = Must(note::SignedNote::FromText(checkpoint.Serialize()));
  PARLEY_CHECK(
      out.Add(Must(note::Cosign(checkpoint, charter_.CosignerKeyName(name),
                                note::ToSeconds(charter_.founded_at()), keys_(name, "cosigner"))))
          .ok());
  return out.Serialize();
}

std::string Accuser::TwoRoots(size_t member, uint64_t size, const Hash& a, const Hash& b) const {
  proofs::CosignerProof out;
  out.kind = proofs::CosignerFault::kTwoRoots;
  out.epoch = charter_.version();
  out.member = static_cast<uint8_t>(member);
  out.older = Note(member, size, a);
  out.newer = Note(member, size, b);
  return proofs::EncodeCosignerProof(charter_.ledger_id(), out);
}

std::string Accuser::OtherHistory(size_t member, const std::vector<std::string>& entries,
                                  uint64_t older, uint64_t newer, const Hash& root_at_older) const {
  proofs::CosignerProof out;
  out.kind = proofs::CosignerFault::kOtherHistory;
  out.epoch = charter_.version();
  out.member = static_cast<uint8_t>(member);
  out.older = Note(member, older, root_at_older);
  out.newer = Note(member, newer, RootOf(entries, newer));
  out.root_at_older = RootOf(entries, older);
  out.consistency = merkle::ReferenceConsistency(older, LeavesOf(entries, newer));
  return proofs::EncodeCosignerProof(charter_.ledger_id(), out);
}

}  // namespace parley::testing
