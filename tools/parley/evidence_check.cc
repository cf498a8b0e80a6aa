#include "tools/parley/evidence_check.h"

#include "ledger/rules/block.h"
#include "node/consensus/codec.h"
#include "node/proofs/proof_check.h"

namespace parley::cli {
namespace {

constexpr uint8_t kBadJustification = 5;
constexpr uint8_t kBadBlock = 6;

// A proof that shows nothing is not bad input: it is a claim that does not hold.
Status NotProven(const Status& why) {
  return absl::IsInvalidArgument(why) || absl::IsNotFound(why)
             ? Unauthenticated(fmt::format("nothing is proven: {}", MessageOf(why)))
             : why;
}

StatusOr<proofs::ProofClaim> Claim(const LedgerId& ledger, const EvidenceFile& evidence) {
  ASSIGN_OR_RETURN(const proofs::ProofClaim claim, proofs::ReadClaim(ledger, evidence.proof),
                   "the proof");
  return claim;
}

// The entry around a proof may not say anything else than the proof does.
StatusOr<rules::Misbehaviour> Compared(StatusOr<rules::Misbehaviour> proven,
                                       const EvidenceFile& evidence) {
  if (!proven.ok()) return NotProven(proven.status());
  if (!evidence.entry.has_value()) return proven;
  const v1::Misbehaviour& said = *evidence.entry;
  if (said.epoch() != proven->epoch || said.member() != proven->member ||
      said.kind() != proven->kind || said.number() != proven->number)
    return Unauthenticated(fmt::format(
        "the entry says {} by \"{}\" in epoch {}, number {}; its proof shows {} by \"{}\" in epoch "
        "{}, number {}",
        said.kind(), said.member(), said.epoch(), said.number(), proven->kind, proven->member,
        proven->epoch, proven->number));
  return proven;
}

// Waits for the state on which the proof can be judged.
class LedgerJudge {
 public:
  // Borrows the evidence. INVALID_ARGUMENT when it is no proof.
  static StatusOr<LedgerJudge> Create(const LedgerId& ledger, const EvidenceFile& evidence) {
    ASSIGN_OR_RETURN(const proofs::ProofClaim claim, Claim(ledger, evidence));
    LedgerJudge out(evidence);
    if (claim.kind != kBadBlock) return out;
    ASSIGN_OR_RETURN(const consensus::Evidence decoded,
                     consensus::DecodeEvidence(ledger, AsBytes(evidence.proof)));
    ASSIGN_OR_RETURN(const rules::RawBlock block, rules::RawBlock::Decode(ledger, *decoded.block));
    out.parent_ = block.header.parent;
    return out;
  }

  void OnBlock(const rules::Executor& executor, const rules::LedgerTip& tip,
               const rules::StateView& state) {
    if (proven_.has_value() || (parent_.has_value() && tip.block != *parent_)) return;
    StatusOr<rules::Misbehaviour> proven = executor.ReadProof(tip, state, evidence_->proof);
    if (absl::IsNotFound(proven.status())) return;  // of a later epoch
    if (proven.ok() && parent_.has_value()) {
      const StatusOr<bool> breaks = executor.BreaksRules(tip, state, proven->block);
      if (!breaks.ok()) {
        proven = breaks.status();
      } else if (!*breaks) {
        proven = InvalidArgument("the block that was voted for breaks no rule");
      }
    }
    proven_ = std::move(proven);
  }

  const std::optional<StatusOr<rules::Misbehaviour>>& proven() const { return proven_; }

 private:
  explicit LedgerJudge(const EvidenceFile& evidence) : evidence_(&evidence) {}

  const EvidenceFile* evidence_;
  std::optional<BlockId> parent_;  // E6: of the block that was voted for
  std::optional<StatusOr<rules::Misbehaviour>> proven_;
};

}  // namespace

StatusOr<EvidenceFile> ReadEvidence(std::string bytes) {
  v1::Entry entry;
  if (!entry.ParseFromString(bytes) || entry.content_case() == v1::Entry::CONTENT_NOT_SET)
    return EvidenceFile{std::move(bytes), std::nullopt};
  if (!entry.event().has_misbehaviour())
    return InvalidArgument("this is a ledger entry, but it holds no proof of misbehaviour");
  return EvidenceFile{entry.event().misbehaviour().proof(), entry.event().misbehaviour()};
}

StatusOr<rules::Misbehaviour> ProveByCharters(const std::vector<rules::Charter>& charters,
                                              const EvidenceFile& evidence) {
  const LedgerId& ledger = charters.front().ledger_id();
  ASSIGN_OR_RETURN(const proofs::ProofClaim claim, Claim(ledger, evidence));
  if (claim.epoch == 0 || claim.epoch > charters.size())
    return InvalidArgument(fmt::format(
        "the proof is of epoch {}: give that charter too, behind those before it", claim.epoch));
  if (claim.kind == kBadBlock || (claim.kind == kBadJustification && claim.epoch > 1))
    return InvalidArgument(
        fmt::format("a proof of {} in epoch {} cannot be judged by signatures alone: give the "
                    "ledger that it is about",
                    proofs::KindName(claim.kind), claim.epoch));
  const rules::Executor executor(charters.front(), nullptr);
  ASSIGN_OR_RETURN(const rules::ExecutedBlock genesis, executor.Genesis());
  const rules::EpochLookup epochs = [&](uint64_t epoch) -> StatusOr<rules::EpochFacts> {
    const rules::Charter& charter = charters.at(epoch - 1);
    return rules::EpochFacts{std::make_shared<const rules::Charter>(charter),
                             epoch == 1 ? genesis.tip.block : BlockId(), 0};
  };
  return Compared(proofs::CheckProof(ledger, evidence.proof, epochs), evidence);
}

StatusOr<rules::Misbehaviour> ProveByLedger(archive::Source& source, archive::AuditOptions options,
                                            const EvidenceFile& evidence) {
  std::optional<StatusOr<LedgerJudge>> judge;
  options.proofs = proofs::CheckProof;
  options.on_block = [&](const rules::Executor& executor, const rules::LedgerTip& tip,
                         const rules::StateView& state) {
    if (!judge.has_value()) judge = LedgerJudge::Create(executor.founding().ledger_id(), evidence);
    if (judge->ok()) (*judge)->OnBlock(executor, tip, state);
  };
  ASSIGN_OR_RETURN(const archive::AuditReport report, archive::Audit(source, options));
  if (!report.ok())
    return Unauthenticated(fmt::format(
        "the ledger itself does not hold ({} problems, the first: {}): see parley audit",
        report.problems.size(), report.problems.front().detail));
  if (!judge.has_value()) return Unauthenticated("nothing is proven: the ledger is empty");
  RETURN_IF_ERROR(judge->status());
  if (!(*judge)->proven().has_value())
    return Unauthenticated(
        "nothing is proven: this ledger has not the epoch or the block that the proof builds on");
  return Compared(*(*judge)->proven(), evidence);
}

std::string KindInWords(const std::string& kind) {
  if (kind == "E1") return "signed two different blocks in one view";
  if (kind == "E2") return "finalized two different blocks in one view";
  if (kind == "E3") return "nullified and finalized one view";
  if (kind == "E4") return "notarized one block and finalized another in one view";
  if (kind == "E5") return "voted for a block with a justification that does not hold";
  if (kind == "E6") return "voted for a block that breaks the ledger's rules";
  if (kind == "C1") return "cosigned two different ledgers of one size";
  if (kind == "C2") return "cosigned a ledger that is no continuation of what it cosigned before";
  return kind;
}

}  // namespace parley::cli
