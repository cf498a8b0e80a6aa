// Cosigning between replicas: checkpoints reach their quorum, stand alone, and are never taken
// back.

#include "crypto/encoding.h"
#include "ledger/note/cosignature.h"
#include "tests/replica/network.h"

namespace parley::testing {
namespace {

using replica::SubmitOutcome;
using ::testing::HasSubstr;
using Code = absl::StatusCode;

note::QuorumRule RuleOf(const rules::Charter& charter) {
  note::QuorumRule rule{charter.origin(), charter.ledger_id(), {}, charter.quorum()};
  for (const rules::CharterMember& m : charter.members())
    rule.members.push_back({charter.CosignerKeyName(m.name), m.cosigner_key});
  return rule;
}

note::CosignedCheckpoint Held(replica::Replica& r, uint64_t size) {
  const store::LedgerReader reader(r.Latest()->snapshot);
  return note::CosignedCheckpoint::Parse(reader.Checkpoint(size).value()).value();
}

bool Published(Network& net, size_t i, uint64_t size) {
  return net.Eventually([&] { return net.at(i).Latest()->checkpoint_size >= size; });
}

// A note over any root, signed by the member's cosigner key.
std::string NoteOf(const Accord& accord, size_t member, uint64_t size, const Hash& root) {
  const note::Checkpoint checkpoint{accord.charter().origin(), size, root};
  const std::string name = Accord::NameOf(member);
  const auto line = note::Cosign(checkpoint, accord.charter().CosignerKeyName(name),
                                 note::ToSeconds(SystemClock().Now()), FixedKey(name + " cosigner"))
                        .value();
  note::SignedNote out = note::SignedNote::FromText(checkpoint.Serialize()).value();
  EXPECT_OK(out.Add(line));
  return out.Serialize();
}

TEST(CosignTest, EveryCheckpointGetsItsQuorumAndVerifies) {
  Network net;
  net.StartAll();
  for (int n = 0; n < 3; ++n) {
    const auto outcomes = net.Submit(0, {net.accord().Report(0, "a", "event")});
    ASSERT_TRUE(outcomes[0].final);
  }
  for (size_t i = 0; i < net.size(); ++i) {
    ASSERT_TRUE(Published(net, i, 4));
    const note::CosignedCheckpoint held = Held(net.at(i), 4);
    EXPECT_EQ(held.checkpoint.root, net.at(i).Latest()->tip.tree.Root());
    EXPECT_OK(note::VerifyCheckpoint(held, RuleOf(net.accord().charter())));
  }
}

TEST(CosignTest, ALineAfterTheQuorumIsAddedToTheCheckpoint) {
  Network net;
  net.StartAll();
  ASSERT_TRUE(net.Submit(0, {net.accord().Report(0, "a", "event")})[0].final);
  ASSERT_TRUE(Published(net, 0, 2));
  EXPECT_TRUE(net.Eventually([&] {
    // The identification line and one of each member.
    return Held(net.at(0), 2).note.signatures().size() == net.size() + 1;
  }));
}

TEST(CosignTest, AQuietLedgerIsCosignedAgain) {
  Network net(4, /*heartbeat_ms=*/1'000);
  net.StartAll();
  ASSERT_TRUE(Published(net, 0, 1));
  const TimeMs first = net.at(0).GetStatus().peers[1].last_cosigned;
  EXPECT_TRUE(net.Eventually([&] { return net.at(0).GetStatus().peers[1].last_cosigned > first; }));
  EXPECT_EQ(net.at(0).Latest()->tip.size, 1U);
}

TEST(CosignTest, AnotherRootAtAHeldSizeIsAnAlarmAndKept) {
  Network net;
  net.StartAll();
  ASSERT_TRUE(net.Submit(0, {net.accord().Report(0, "a", "event")})[0].final);
  ASSERT_TRUE(net.AllHave(2));
  const std::string lie = NoteOf(net.accord(), 1, 2, Sha256(AsBytes("another history")));
  ASSERT_OK(net.at(0).OnCheckpoint("m1", lie));
  ASSERT_TRUE(net.Eventually([&] { return !net.at(0).GetStatus().alarms.empty(); }));
  EXPECT_THAT(net.at(0).GetStatus().alarms.back(),
              HasSubstr("\"m1\" has cosigned another history"));
  net.Stop(0);
  ASSERT_OK_AND_ASSIGN(auto store, store::Store::Open(net.dir(0), store::Store::Mode::kReadOnly));
  std::vector<std::string> kept;
  ASSERT_OK(store->TakeSnapshot()->ForEach(
      store::Family::kCheckpoints, "x", "",
      [&](std::string_view, std::string_view note) -> StatusOr<bool> {
        kept.emplace_back(note);
        return true;
      }));
  EXPECT_EQ(kept, std::vector<std::string>{lie});
}

TEST(CosignTest, ForgedLinesAreIgnored) {
  Network net;
  ASSERT_OK(net.Start(0));
  // Signed by m1's key under m2's name, and a line of a stranger.
  const Hash root = net.at(0).Latest()->tip.tree.Root();
  std::string forged = NoteOf(net.accord(), 1, 1, root);
  forged.replace(forged.rfind("/m1"), 3, "/m2");
  ASSERT_OK(net.at(0).OnCheckpoint("m1", forged));
  std::string flipped = NoteOf(net.accord(), 2, 1, root);
  flipped[flipped.size() - 10] = flipped[flipped.size() - 10] == 'A' ? 'B' : 'A';
  ASSERT_OK(net.at(0).OnCheckpoint("m1", flipped));
  // Good ones afterwards: those of three others. This node signs nothing while it is alone: it has
  // asked what it may have forgotten, and nobody has answered.
  ASSERT_OK(net.at(0).OnCheckpoint("m1", NoteOf(net.accord(), 1, 1, root)));
  ASSERT_TRUE(net.Eventually([&] { return net.at(0).GetStatus().peers[1].cosigned_size == 1; }));
  EXPECT_EQ(net.at(0).Latest()->checkpoint_size, 0U);
  ASSERT_OK(net.at(0).OnCheckpoint("m2", NoteOf(net.accord(), 2, 1, root)));
  ASSERT_TRUE(net.Eventually([&] { return net.at(0).GetStatus().peers[2].cosigned_size == 1; }));
  EXPECT_EQ(net.at(0).Latest()->checkpoint_size, 0U);
  ASSERT_OK(net.at(0).OnCheckpoint("m3", NoteOf(net.accord(), 3, 1, root)));
  ASSERT_TRUE(Published(net, 0, 1));
  EXPECT_EQ(net.at(0).GetStatus().peers[0].cosigned_size, 0U);
  EXPECT_OK(note::VerifyCheckpoint(Held(net.at(0), 1), RuleOf(net.accord().charter())));
  EXPECT_TRUE(net.at(0).GetStatus().alarms.empty());
}

TEST(CosignTest, LinesForSizesWeDoNotHaveWaitForThem) {
  Network net;
  for (size_t i = 0; i < 3; ++i) ASSERT_OK(net.Start(i));
  ASSERT_TRUE(net.Submit(0, {net.accord().Report(0, "a", "event")})[0].final);
  ASSERT_TRUE(Published(net, 0, 2));
  ASSERT_OK(net.Start(3));
  EXPECT_TRUE(Published(net, 3, 2));
}

TEST(CosignTest, AfterARestartTheSameHeadIsSignedAndNoOther) {
  Network net;
  net.StartAll();
  ASSERT_TRUE(net.Submit(0, {net.accord().Report(0, "a", "event")})[0].final);
  ASSERT_TRUE(net.AllHave(2));
  net.Stop(0);
  const uint64_t before = net.SentCheckpoints(0);
  ASSERT_OK(net.Start(0));
  ASSERT_TRUE(net.Eventually([&] { return net.SentCheckpoints(0) > before; }));
  ASSERT_OK_AND_ASSIGN(const auto again, note::CosignedCheckpoint::Parse(net.LastCheckpoint(0)));
  EXPECT_EQ(again.checkpoint.size, 2U);
  EXPECT_EQ(again.checkpoint.root, net.at(1).Latest()->tip.tree.Root());
}

TEST(CosignTest, AGuardThatContradictsTheLedgerStopsTheNode) {
  Network net;
  ASSERT_OK(net.Start(0));
  net.Stop(0);
  const auto write_guard = [&](uint64_t size) {
    auto store = store::Store::Open(net.dir(0), store::Store::Mode::kReadWrite).value();
    store::Store::Batch batch;
    Encoder guard;
    guard.U64(size).Fixed(Sha256(AsBytes("another root"))).U64(kFoundedMs);
    batch.Put(store::Family::kCheckpoints, "m", guard.TakeString());
    EXPECT_OK(store->Commit(std::move(batch)));
  };
  write_guard(1);
  EXPECT_THAT(net.Start(0), StatusIs(Code::kFailedPrecondition, HasSubstr("has cosigned root")));
  net.Stop(0);
  write_guard(7);
  EXPECT_THAT(net.Start(0), StatusIs(Code::kFailedPrecondition, HasSubstr("cosigned size 7")));
}

}  // namespace
}  // namespace parley::testing
