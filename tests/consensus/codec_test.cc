#include "node/consensus/codec.h"

#include <gtest/gtest.h>

#include "crypto/encoding.h"
#include "tests/consensus/values.h"
#include "tests/support/status_matchers.h"

namespace parley::consensus {
namespace {

using parley::testing::StatusIs;
using testing::BlockOn;
using testing::CertifiedBy;
using testing::FirstSlot;
using ::testing::HasSubstr;
using testing::SignAs;

std::vector<Message> OneOfEach() {
  const Block block = BlockOn(sim::ToyGenesis(), "a");
  Justification j;
  j.skips.push_back(CertifiedBy({0, 1, 2}, NullifyVote(testing::kEpoch, View{1})));
  const Slot slot = FirstSlot(2, block, j);
  const SignedVote n = SignAs(1, testing::NotarizeVote(slot));
  const SignedVote x = SignAs(1, NullifyVote(testing::kEpoch, View{2}));
  const SignedVote f = SignAs(1, testing::FinalizeVote(slot));
  Slot carry = slot;
  carry.kind = SlotKind::kCarry;
  Justification parented;
  parented.parent = CertifiedBy({1, 2, 3}, n.vote);
  Evidence conflict;
  conflict.kind = EvidenceKind::kNullifyFinalize;
  conflict.first = x;
  conflict.second = f;
  Evidence structure;
  structure.kind = EvidenceKind::kBadJustification;
  structure.first = n;
  structure.slot = slot;
  structure.justification = parented;
  return {n,
          x,
          SignAs(1, NullifyRangeVote(testing::kEpoch, {View{4}, View{7}})),
          CertifiedBy({0, 1, 3}, f.vote),
          CertifiedBy({0, 1, 3}, NullifyRangeVote(testing::kEpoch, {View{16}, View{31}})),
          Proposal{slot, j, block, n.signature},
          Proposal{carry, parented, std::nullopt, n.signature},
          StatusMessage{testing::kEpoch, View{9}, View{8}, Height{7}, block.id},
          SlotRequest{SlotIdOf(LedgerId(), slot)},
          SlotAnswer{slot, j, block},
          EvidenceMessage{conflict},
          EvidenceMessage{structure}};
}

StatusOr<Message> Decode(std::string_view bytes) {
  sim::ToyApp parser;
  return DecodeMessage(LedgerId(), AsBytes(bytes), parser);
}

TEST(MessageCodecTest, EachMessageComesBackAsItWas) {
  for (const Message& m : OneOfEach()) {
    const std::string bytes = EncodeMessage(LedgerId(), m);
    ASSERT_OK_AND_ASSIGN(const Message back, Decode(bytes));
    EXPECT_EQ(back.index(), m.index());
    EXPECT_EQ(EncodeMessage(LedgerId(), back), bytes);
  }
}

TEST(MessageCodecTest, RefusesEveryCutAndEveryAddedByte) {
  for (const Message& m : OneOfEach()) {
    const std::string bytes = EncodeMessage(LedgerId(), m);
    for (size_t size = 0; size < bytes.size(); ++size)
      ASSERT_FALSE(Decode(bytes.substr(0, size)).ok()) << size << " of " << bytes.size();
    EXPECT_THAT(Decode(bytes + '\0'), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(MessageCodecTest, AChangedByteIsRefusedOrMeansSomethingElse) {
  for (const Message& m : OneOfEach()) {
    const std::string bytes = EncodeMessage(LedgerId(), m);
    for (size_t i = 0; i < bytes.size(); ++i) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      const auto back = Decode(changed);
      if (back.ok()) {
        ASSERT_EQ(EncodeMessage(LedgerId(), *back), changed) << "two encodings, byte " << i;
      }
    }
  }
}

TEST(MessageCodecTest, RefusesAnotherLedgersMessage) {
  std::array<uint8_t, 32> other{};
  other[0] = 1;
  const std::string bytes = EncodeMessage(LedgerId(other), OneOfEach().front());
  EXPECT_THAT(Decode(bytes), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ledger id")));
}

struct BadVote {
  const char* name;
  Vote vote;
};
class BadVoteTest : public ::testing::TestWithParam<BadVote> {};

TEST_P(BadVoteTest, IsRefused) {
  const SignedVote bad{GetParam().vote, MemberIndex{0}, Signature()};
  EXPECT_FALSE(IsWellFormed(bad.vote));
  EXPECT_THAT(DecodeSignedVote(LedgerId(), AsBytes(EncodeSignedVote(LedgerId(), bad))),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

Vote Nullify(uint64_t view) { return NullifyVote(testing::kEpoch, View{view}); }
Vote NullifyWithHeight() {
  Vote v = Nullify(1);
  v.height = Height{3};
  return v;
}
Vote UnknownKind() {
  Vote v = Nullify(1);
  v.kind = static_cast<VoteKind>(4);
  return v;
}
INSTANTIATE_TEST_SUITE_P(Cases, BadVoteTest,
                         ::testing::Values(BadVote{"ViewZero", Nullify(0)},
                                           BadVote{"NullifyWithHeight", NullifyWithHeight()},
                                           BadVote{"UnknownKind", UnknownKind()}),
                         [](const auto& c) { return c.param.name; });

TEST(CertificateCodecTest, RefusesDoubledOrUnorderedSigners) {
  const Vote vote = Nullify(3);
  for (const std::vector<size_t>& members :
       {std::vector<size_t>{1, 1, 2}, {2, 1, 3}, {0, 1, 15}, {}}) {
    const Certificate c = CertifiedBy(members, vote);
    EXPECT_THAT(DecodeCertificate(LedgerId(), AsBytes(EncodeCertificate(LedgerId(), c))),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  const Certificate good = CertifiedBy({0, 1, 2}, vote);
  ASSERT_OK_AND_ASSIGN(const Certificate back,
                       DecodeCertificate(LedgerId(), AsBytes(EncodeCertificate(LedgerId(), good))));
  EXPECT_EQ(back, good);
}

TEST(StoredSlotCodecTest, RoundTrips) {
  const Block block = BlockOn(sim::ToyGenesis(), "a");
  const persist::StoredSlot stored{FirstSlot(1, block, {}), {}, Signature()};
  const std::string bytes = EncodeStoredSlot(LedgerId(), stored);
  ASSERT_OK_AND_ASSIGN(const persist::StoredSlot back,
                       DecodeStoredSlot(LedgerId(), AsBytes(bytes)));
  EXPECT_EQ(EncodeStoredSlot(LedgerId(), back), bytes);
  EXPECT_FALSE(DecodeStoredSlot(LedgerId(), AsBytes(bytes + "x")).ok());
}

// What is signed and hashed must never move: it would void every signature ever made.
TEST(ConformanceTest, SignedBytesAreWhatTheyWere) {
  Encoder all;
  for (const Message& m : OneOfEach()) {
    all.Var(EncodeMessage(LedgerId(), m));
    if (const auto* p = std::get_if<Proposal>(&m)) {
      all.Var(SlotBytes(LedgerId(), p->slot));
      all.Var(JustificationBytes(LedgerId(), p->justification));
      all.Var(VoteBytes(LedgerId(), testing::NotarizeVote(p->slot)));
    }
  }
  EXPECT_EQ(Sha256<Hash>(all.bytes()).ToHex(),
            "f6bd7535fce8519d13cb4e3db91387959246417e15aafb25b7544bdbc215bacb");
}

}  // namespace
}  // namespace parley::consensus
