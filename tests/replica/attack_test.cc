// One dishonest member of four, m3, against real replicas: what it sends in others' names, accuses
// others of or floods them with costs itself and nobody else.

#include "ledger/rules/charter_change.h"
#include "node/consensus/codec.h"
#include "node/proofs/proof_check.h"
#include "parley/v1/entry.pb.h"
#include "tests/proofs/accuser.h"
#include "tests/replica/network.h"

namespace parley::testing {
namespace {

class AttackByOneTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (size_t i = 0; i < 3; ++i) ASSERT_OK(net_.Start(i));
  }
  // To every honest node, until it has room.
  void SendRecords(const std::vector<std::string>& envelopes) {
    for (size_t i = 0; i < 3; ++i) {
      ASSERT_TRUE(net_.Eventually(
          [&] { return !absl::IsResourceExhausted(net_.at(i).OnRecords("m3", envelopes)); }));
    }
  }
  void SendProof(const consensus::Evidence& e) {
    const LedgerId& ledger = net_.accord().charter().ledger_id();
    for (size_t i = 0; i < 3; ++i)
      ASSERT_OK(net_.at(i).OnConsensus(
          "m3", consensus::EncodeMessage(ledger, consensus::EvidenceMessage{e})));
  }
  bool IsFinal(size_t member, const std::string& officer, const std::string& text) {
    const auto o = net_.Submit(member, {net_.accord().Report(member, officer, text)});
    return o.at(0).status.ok() && o.at(0).final;
  }
  std::set<std::string> Proven() {
    std::set<std::string> out;
    for (const std::string& bytes : net_.Entries(0)) {
      v1::Entry entry;
      EXPECT_TRUE(entry.ParseFromString(bytes));
      if (entry.event().has_misbehaviour())
        out.insert(entry.event().misbehaviour().kind() + " " +
                   entry.event().misbehaviour().member());
    }
    return out;
  }
  Network net_;
  const SecretKey evil_ = FixedKey("m3/a");
};

TEST_F(AttackByOneTest, RecordsInAnothersNameAreNotKept) {
  ASSERT_TRUE(IsFinal(0, "a", "before"));
  const RecordId some = Sha256<RecordId>(AsBytes("some record"));
  std::vector<std::string> batch;
  for (uint64_t n = 0; n < 100; ++n)
    batch.push_back(net_.accord().Sign(0, "a", "x", 1'000 + n, some, evil_));
  for (uint64_t n = 0; n < 100; ++n)  // a member that does not exist
    batch.push_back(net_.accord().Sign(7, "a", "x", 2 + n, some, evil_));
  for (uint64_t n = 0; n < 100; ++n)  // its own officer, far ahead
    batch.push_back(net_.accord().Sign(3, "a", "x", 100'000 + n, some, evil_));
  SendRecords(batch);
  EXPECT_TRUE(IsFinal(0, "a", "of the first officer"));
  EXPECT_TRUE(IsFinal(0, "b", "of the second officer"));
  EXPECT_TRUE(IsFinal(1, "a", "of another member"));
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(net_.Eventually([&] { return net_.at(i).GetStatus().pending_records == 0; })) << i;
    const std::vector<std::string> notices = net_.at(i).GetStatus().notices;
    EXPECT_THAT(notices, ::testing::Contains(::testing::HasSubstr("m3"))) << i;
  }
}

TEST_F(AttackByOneTest, WhatIsItsOwnIsTakenWithinTheWindow) {
  // The other side of the rule: m3's own records, rightly signed, come in over any of its links.
  std::vector<std::string> batch;
  for (int i = 0; i < 50; ++i) batch.push_back(net_.accord().Report(3, "a", "own"));
  SendRecords(batch);
  EXPECT_TRUE(net_.Eventually([&] { return net_.SizeOf(0) >= 51; }));
}

// Two records with one number: one proof is kept for each author. To look for the first of the two
// is dear, and alarms have bounded room, so neither is done for each of a thousand.
TEST_F(AttackByOneTest, ManyRecordsWithOneNumberAreOneAlarm) {
  for (int i = 0; i < 3; ++i) SendRecords({net_.accord().Report(3, "a", "own")});
  ASSERT_TRUE(net_.AllHave(4));
  const RecordId some = Sha256<RecordId>(AsBytes("some record"));
  std::vector<std::string> batch;
  for (int i = 0; i < 200; ++i)
    batch.push_back(net_.accord().Sign(3, "a", fmt::format("another {}", i), 2, some, evil_));
  SendRecords(batch);
  SendRecords(batch);
  EXPECT_TRUE(IsFinal(0, "a", "the ledger goes on"));
  for (size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(net_.Eventually([&] { return !net_.at(i).GetStatus().alarms.empty(); })) << i;
    EXPECT_THAT(net_.at(i).GetStatus().alarms,
                ::testing::ElementsAre(::testing::HasSubstr("two records with one number")))
        << i;
  }
}

TEST_F(AttackByOneTest, LargeProofsTakeNoRoomFromSmallOnes) {
  const LedgerId& ledger = net_.accord().charter().ledger_id();
  const rules::Executor executor(net_.accord().charter(), nullptr, proofs::CheckProof);
  ASSERT_OK_AND_ASSIGN(const rules::ExecutedBlock genesis, executor.Genesis());
  const Accuser accuser(net_.accord().charter(), genesis.tip.block, 0,
                        [](std::string_view member, std::string_view purpose) {
                          return FixedKey(fmt::format("{} {}", member, purpose));
                        });
  // As many self-made large ones as it likes, some larger than any entry holds.
  for (uint64_t view = 1; view <= 40; ++view) {
    rules::RawBlock raw;
    raw.header.height = 1;
    raw.header.parent = genesis.tip.block;
    raw.header.time = TimeMs{ToInt(genesis.tip.time) + view};
    raw.header.first_entry = 1;
    raw.header.entry_count = 1;
    raw.envelopes.emplace_back(view % 2 == 0 ? 58'000 : 59'900, 'j');
    raw.header.records_digest = rules::RecordsDigest(raw.envelopes, {});
    ASSERT_OK_AND_ASSIGN(
        const consensus::Evidence e,
        consensus::DecodeEvidence(ledger, AsBytes(accuser.BadBlock(3, raw, view))));
    SendProof(e);
  }
  for (const auto kind :
       {consensus::EvidenceKind::kTwoNotarize, consensus::EvidenceKind::kTwoFinalize,
        consensus::EvidenceKind::kNullifyFinalize})
    SendProof(consensus::DecodeEvidence(ledger, AsBytes(accuser.Votes(kind, 3, 9))).value());
  EXPECT_TRUE(net_.Eventually([&] {
    const std::set<std::string> proven = Proven();
    return proven.contains("E1 m3") && proven.contains("E2 m3") && proven.contains("E3 m3");
  }));
  EXPECT_TRUE(IsFinal(0, "a", "the ledger goes on"));
}

// It may replace the keys of its node, and so end an epoch, once; not again at once, however often
// it tries, and nobody's record waits for it.
TEST_F(AttackByOneTest, NoMemberEndsOneEpochAfterTheOther) {
  const auto rotation = [&](const std::string& to) {
    const rules::Charter& now = *net_.at(0).Latest()->charter;
    const auto text =
        rules::RotatedText(now, "m3", {FixedKey(to).public_key(), std::nullopt}).value();
    return net_.accord().ProposeCharter(
        3, "a", rules::AddSuccessorSignature(now, text, "m3", FixedKey("m3 root")).value());
  };
  const auto version = [&] { return net_.at(0).Latest()->charter->version(); };
  SendRecords({rotation("m3 node-2")});
  ASSERT_TRUE(net_.Eventually([&] { return version() == 2; }));
  for (int i = 3; i < 6; ++i) {
    const uint64_t size = net_.SizeOf(0);
    SendRecords({rotation(fmt::format("m3 node-{}", i))});
    EXPECT_TRUE(IsFinal(0, "a", "they are shelling us"));
    ASSERT_TRUE(net_.Eventually([&] { return net_.SizeOf(0) >= size + 2; }));
    EXPECT_EQ(version(), 2U);
  }
}

}  // namespace
}  // namespace parley::testing
