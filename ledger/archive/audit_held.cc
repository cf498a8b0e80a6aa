// What the auditor holds against what the source shows. A source alone cannot prove that it is
// complete: whoever cuts a ledger at an earlier checkpoint shows a ledger that is good. A
// checkpoint or receipt that was handed out before tells the difference.

#include <algorithm>

#include "ledger/archive/audit_run.h"
#include "ledger/merkle/frontier.h"
#include "ledger/merkle/proof.h"
#include "ledger/merkle/tiles.h"
#include "ledger/note/receipt.h"

namespace parley::archive {
namespace {

note::QuorumRule RuleOf(const rules::Charter& charter) {
  note::QuorumRule rule{charter.origin(), charter.ledger_id(), {}, charter.quorum()};
  for (const rules::CharterMember& m : charter.members())
    rule.members.push_back({charter.CosignerKeyName(m.name), m.cosigner_key});
  return rule;
}

class HeldPass {
 public:
  explicit HeldPass(AuditRun& run) : run_(run) {}

  void Run() {
    for (const HeldNote& held : run_.options.held_checkpoints) Checkpoint(held.name, held.bytes);
    for (const HeldReceipt& held : run_.options.held_receipts) Receipt(held);
  }

 private:
  void Add(const std::string& name, std::string kind, std::string detail) {
    run_.Add(std::move(kind), std::move(detail), name);
  }

  void Checkpoint(const std::string& name, const std::string& bytes) {
    const auto parsed = note::CosignedCheckpoint::Parse(bytes);
    if (!parsed.ok()) return Add(name, "held", MessageOf(parsed.status()));
    const note::Checkpoint& c = parsed->checkpoint;
    const rules::Charter& charter = run_.CharterAt(c.size);
    const auto quorum = note::VerifyCheckpoint(*parsed, RuleOf(charter));
    if (!quorum.ok())
      return Add(
          name, "held",
          fmt::format("the checkpoint you hold is not valid: {}", MessageOf(quorum.status())));
    ++run_.report.held;
    if (c.size > run_.count)
      return Add(name, "cut",
                 fmt::format("the ledger was cut: you hold a checkpoint of size {}, this source "
                             "covers {}",
                             c.size, run_.count));
    const Hash root = RootAt(c.size);
    if (root == c.root) return;
    std::vector<std::string> signers;
    for (const note::CosignatureResult& s : quorum->signers)
      signers.push_back(charter.members()[s.member].name);
    Add(name, "fork",
        fmt::format("the ledger was rewritten or forked: {} cosigned root {} of {} entries, which "
                    "you hold; the entries here give {}{}",
                    fmt::join(signers, ", "), c.root, c.size, root, Both(c.size, signers)));
  }

  // Members who also signed a checkpoint that this source leads to, at this size or beyond.
  std::string Both(uint64_t size, std::vector<std::string> signers) const {
    std::sort(signers.begin(), signers.end());
    for (const ValidCheckpoint& shown : run_.checkpoints) {
      if (shown.size < size || shown.size > run_.count || RootAt(shown.size) != shown.root)
        continue;
      std::vector<std::string> both;
      std::set_intersection(signers.begin(), signers.end(), shown.cosigners.begin(),
                            shown.cosigners.end(), std::back_inserter(both));
      return fmt::format("; {} also signed root {} of {} entries, to which they lead",
                         both.empty() ? "nobody of them" : fmt::format("{}", fmt::join(both, ", ")),
                         shown.root, shown.size);
    }
    return {};
  }

  void Receipt(const HeldReceipt& held) {
    const auto parsed = note::Receipt::Parse(held.receipt.bytes);
    if (!parsed.ok()) return Add(held.receipt.name, "held", MessageOf(parsed.status()));
    const auto checkpoint = note::CosignedCheckpoint::Parse(parsed->checkpoint_note);
    if (!checkpoint.ok()) return Add(held.receipt.name, "held", MessageOf(checkpoint.status()));
    const rules::Charter& charter = run_.CharterAt(checkpoint->checkpoint.size);
    const auto verified = note::VerifyReceipt(*parsed, AsBytes(held.entry), RuleOf(charter));
    if (!verified.ok())
      return Add(
          held.receipt.name, "held",
          fmt::format("the receipt you hold is not valid: {}", MessageOf(verified.status())));
    Checkpoint(held.receipt.name, parsed->checkpoint_note);
    if (parsed->index >= run_.count) return;  // said already: it was cut
    if (run_.LeafOf(parsed->index) == merkle::LeafHash(AsBytes(held.entry))) return;
    const StatusOr<std::string> bytes = run_.source.Entry(parsed->index);
    run_.AddEntry("fork", "it is not the entry of the receipt you hold", parsed->index,
                  bytes.ok() ? *bytes : std::string());
  }

  Hash RootAt(uint64_t size) const {
    merkle::Frontier tree;
    for (uint64_t i = 0; i < size; ++i) tree.Append(run_.LeafOf(i));
    return tree.Root();
  }

  AuditRun& run_;
};

}  // namespace

void AuditHeld(AuditRun& run) { HeldPass(run).Run(); }

}  // namespace parley::archive
