#include "tools/parley/consensus_check.h"

#include "crypto/encoding.h"
#include "node/consensus/certificates.h"
#include "node/consensus/codec.h"
#include "node/consensus/evidence.h"
#include "node/proofs/proof_check.h"

namespace parley::cli {
namespace {

using consensus::VoteKind;

// Who votes under a charter. Neither leaders nor the first slot matter to a certificate.
StatusOr<consensus::Committee> CommitteeOf(const LedgerId& ledger, const rules::Charter& charter) {
  std::vector<PublicKey> keys;
  for (const rules::CharterMember& m : charter.members()) keys.push_back(m.node_key);
  return consensus::Committee::Create(ledger, static_cast<consensus::Epoch>(charter.version()),
                                      std::move(keys), BlockId(), consensus::Height{0});
}

Status VerifyQuorum(const LedgerId& ledger, const rules::Charter& charter,
                    const consensus::Certificate& certificate) {
  ASSIGN_OR_RETURN(const consensus::Committee committee, CommitteeOf(ledger, charter));
  consensus::Ed25519Verifier verifier;
  consensus::SignatureChecker checker(committee, verifier);
  return consensus::VerifyCertificate(committee, checker, certificate);
}

std::string Name(VoteKind kind) {
  switch (kind) {
    case VoteKind::kNotarize:
      return "notarize";
    case VoteKind::kNullify:
      return "nullify";
    case VoteKind::kFinalize:
      return "finalize";
    case VoteKind::kNullifyRange:
      return "range nullify";
  }
  return "unknown";
}

Status Unless(bool good, const std::string& why) {
  return good ? absl::OkStatus() : InvalidArgument(why);
}

}  // namespace

Status NodeConsensusCheck::Finalization(const rules::Charter& charter,
                                        const rules::BlockHeader& header, const BlockId& id,
                                        std::string_view certificate) {
  const LedgerId& ledger = charter.ledger_id();
  ASSIGN_OR_RETURN(const consensus::Certificate parsed,
                   consensus::DecodeCertificate(ledger, AsBytes(certificate)));
  const consensus::Vote& vote = parsed.vote;
  RETURN_IF_ERROR(Unless(vote.kind == VoteKind::kFinalize, "it is no finalization"));
  if (vote.block != id || ToInt(vote.height) != header.height)
    return InvalidArgument(
        fmt::format("it is for block {} at height {}, this is {}", vote.block, vote.height, id));
  return VerifyQuorum(ledger, charter, parsed);
}

// One row, taken apart.
struct NodeConsensusCheck::Context {
  const LedgerId& ledger;
  const std::vector<archive::CharterSpan>& charters;
  std::string_view member;
  std::string_view key;
  std::string_view value;

  StatusOr<const rules::Charter*> CharterOf(consensus::Epoch epoch) const {
    if (ToInt(epoch) == 0 || ToInt(epoch) > charters.size())
      return InvalidArgument(fmt::format("there never was an epoch {}", epoch));
    return charters[ToInt(epoch) - 1].charter.get();
  }
  // Type, epoch and view are what every such key begins with.
  std::string KeyOf(consensus::Epoch epoch, consensus::View view) const {
    return std::string(key.substr(0, 1)) + BigEndian64(ToInt(epoch)) + BigEndian64(ToInt(view));
  }
  std::string KeyOf(const consensus::Vote& vote) const {
    return std::string(key.substr(0, 1)) + consensus::PlaceOf(vote);
  }
};

Status NodeConsensusCheck::OwnVote(const Context& c) {
  ASSIGN_OR_RETURN(const consensus::SignedVote vote,
                   consensus::DecodeSignedVote(c.ledger, AsBytes(c.value)));
  RETURN_IF_ERROR(Unless(c.KeyOf(vote.vote) == c.key, "a vote that is not what its key says"));
  ASSIGN_OR_RETURN(const rules::Charter* const charter, c.CharterOf(vote.vote.epoch));
  const std::optional<size_t> self = charter->IndexOf(c.member);
  if (!self.has_value() || ToInt(vote.signer) != *self)
    return InvalidArgument(
        fmt::format("a vote of member number {}, which is not \"{}\"", vote.signer, c.member));
  ASSIGN_OR_RETURN(const consensus::Committee committee, CommitteeOf(c.ledger, *charter));
  consensus::Ed25519Verifier verifier;
  if (!consensus::SignatureChecker(committee, verifier).IsGenuine(vote))
    return Unauthenticated("a vote that this member's node key did not sign");
  const uint64_t epoch = ToInt(vote.vote.epoch);
  for (const auto& [view, other] : own_[epoch]) {
    if (consensus::MakeEvidence(other, vote).has_value())
      return InvalidArgument(fmt::format("this {} vote contradicts the {} vote of view {}",
                                         Name(vote.vote.kind), Name(other.vote.kind), view));
  }
  own_[epoch].emplace(ToInt(vote.vote.view), vote);
  return absl::OkStatus();
}

Status NodeConsensusCheck::Stored(const Context& c) {
  switch (c.key.front()) {
    case 'c': {
      ASSIGN_OR_RETURN(const consensus::Certificate held,
                       consensus::DecodeCertificate(c.ledger, AsBytes(c.value)));
      RETURN_IF_ERROR(
          Unless(c.KeyOf(held.vote) == c.key, "a certificate that is not what its key says"));
      ASSIGN_OR_RETURN(const rules::Charter* const charter, c.CharterOf(held.vote.epoch));
      return VerifyQuorum(c.ledger, *charter, held);
    }
    case 's': {
      ASSIGN_OR_RETURN(const consensus::persist::StoredSlot held,
                       consensus::DecodeStoredSlot(c.ledger, AsBytes(c.value)));
      const std::string key = c.KeyOf(held.slot.epoch, held.slot.view) +
                              consensus::SlotIdOf(c.ledger, held.slot).ToString();
      RETURN_IF_ERROR(Unless(key == c.key, "a slot that is not what its key says"));
      return Unless(
          consensus::JustificationHash(c.ledger, held.justification) == held.slot.justification,
          "a slot with another justification than it names");
    }
    case 'b': {
      ASSIGN_OR_RETURN(const rules::RawBlock held, rules::RawBlock::Decode(c.ledger, c.value));
      const std::string key =
          "b" + BigEndian64(held.header.height) + held.header.Id(c.ledger).ToString();
      return Unless(key == c.key, "a block that is not what its key says");
    }
    default:
      return InvalidArgument("nothing that a node keeps of consensus");
  }
}

Status NodeConsensusCheck::Misbehaviour(const Context& c) {
  ASSIGN_OR_RETURN(const proofs::ProofClaim claim, proofs::ReadClaim(c.ledger, c.value));
  RETURN_IF_ERROR(Unless(claim.StoreKey() == c.key, "a proof that is not what its key says"));
  ASSIGN_OR_RETURN(const rules::Charter* const charter, c.CharterOf(consensus::Epoch{claim.epoch}));
  if (claim.kind != static_cast<uint8_t>(consensus::EvidenceKind::kBadJustification)) {
    // Borrowed for this call; the epoch's first block matters to E5 alone.
    const std::shared_ptr<const rules::Charter> shared(std::shared_ptr<void>(), charter);
    return proofs::CheckProof(c.ledger, c.value,
                              [&](uint64_t) {
                                return rules::EpochFacts{shared, BlockId(), 0};
                              })
        .status();
  }
  // E5 speaks of the epoch's first block, which is not known here: its signature is checked.
  ASSIGN_OR_RETURN(const consensus::Evidence held,
                   consensus::DecodeEvidence(c.ledger, AsBytes(c.value)));
  ASSIGN_OR_RETURN(const consensus::Committee committee, CommitteeOf(c.ledger, *charter));
  consensus::Ed25519Verifier verifier;
  if (!consensus::SignatureChecker(committee, verifier).IsGenuine(held.first))
    return Unauthenticated("a proof whose vote nobody signed");
  return absl::OkStatus();
}

Status NodeConsensusCheck::VoteRow(const std::vector<archive::CharterSpan>& charters,
                                   std::string_view member, std::string_view key,
                                   std::string_view value) {
  if (key.empty()) return InvalidArgument("an empty key");
  const Context c{charters.front().charter->ledger_id(), charters, member, key, value};
  if (key.front() == 'v') return OwnVote(c);
  if (key.front() == 'e') return Misbehaviour(c);
  return Stored(c);
}

}  // namespace parley::cli
