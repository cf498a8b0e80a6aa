// Writes the seeds of the consensus fuzz corpora: one file for each message, standalone value and
// one conversation. Usage: make_consensus_corpus MESSAGE_DIR CORE_DIR

#include <cstdio>
#include <fstream>

#include "node/consensus/evidence.h"
#include "tests/consensus/values.h"

namespace {

using namespace parley::consensus;           // NOLINT: test support
using namespace parley::consensus::testing;  // NOLINT: test support
using parley::LedgerId;

void Write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string dir = argv[1];
  const LedgerId id;
  const Block block = BlockOn(parley::sim::ToyGenesis(), "a");
  Justification skip;
  skip.skips.push_back(CertifiedBy({0, 1, 2}, NullifyVote(kEpoch, View{1})));
  const Slot slot = FirstSlot(1, block, {});
  const Slot later = FirstSlot(2, block, skip);
  const SignedVote n = SignAs(1, NotarizeVote(slot)), f = SignAs(1, FinalizeVote(slot));
  const SignedVote x = SignAs(1, NullifyVote(kEpoch, View{1}));
  const Evidence proof = *MakeEvidence(x, f);
  const MemberIndex leader = FourMembers().Leader(View{1});
  const Proposal proposal{slot, {}, block, SignAs(ToInt(leader), NotarizeVote(slot)).signature};
  const std::pair<const char*, Message> messages[] = {
      {"vote", n},
      {"nullify", x},
      {"certificate", CertifiedBy({0, 1, 2}, n.vote)},
      {"proposal", proposal},
      {"proposal_skip", Proposal{later, skip, block, n.signature}},
      {"status", StatusMessage{kEpoch, View{3}, View{2}, Height{1}, block.id}},
      {"request", SlotRequest{SlotIdOf(id, slot)}},
      {"answer", SlotAnswer{slot, {}, block}},
      {"evidence", EvidenceMessage{proof}}};
  const size_t header = 4 + std::string("parley/consensus/v1").size() + LedgerId::kSize;
  std::string talk;
  const auto say = [&](uint8_t from, const Message& m) {
    const std::string body = EncodeMessage(id, m).substr(header);
    talk += static_cast<char>(from);
    talk += static_cast<char>(body.size() >> 8);
    talk += static_cast<char>(body.size() & 0xff);
    talk += body;
  };
  for (const auto& [name, m] : messages) Write(dir + "/" + name, EncodeMessage(id, m));
  Write(dir + "/alone_certificate", EncodeCertificate(id, CertifiedBy({0, 1, 2}, f.vote)));
  Write(dir + "/alone_vote", EncodeSignedVote(id, n));
  Write(dir + "/alone_evidence", EncodeEvidence(id, proof));
  Write(dir + "/alone_slot", EncodeStoredSlot(id, {slot, {}, n.signature}));
  Write(dir + "/cut", EncodeMessage(id, proposal).substr(0, 200));

  say(static_cast<uint8_t>(leader), proposal);
  for (uint8_t m = 1; m <= 3; ++m) say(m, SignAs(m, NotarizeVote(slot)));
  for (uint8_t m = 1; m <= 3; ++m) say(m, SignAs(m, FinalizeVote(slot)));
  Write(std::string(argv[2]) + "/one_block", talk);
  talk.clear();
  for (uint8_t m = 1; m <= 3; ++m) say(static_cast<uint8_t>(0x80 + m), SignAs(m, x.vote));
  for (const auto& [name, m] : messages) say(1, m);
  Write(std::string(argv[2]) + "/nullified", talk);
  return 0;
}
