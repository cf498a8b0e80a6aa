// Every row of a node's database that the ledger does not give is found and named: one test for
// each column family.

#include "ledger/record/record.h"
#include "ledger/rules/state_keys.h"
#include "parley/v1/state.pb.h"
#include "tests/archive/database_fixture.h"

namespace parley::store {
namespace {

using ::parley::testing::IsOk;
using ::parley::testing::TestAccord;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class DatabaseRowsTest : public ::parley::testing::DatabaseTest {
 protected:
  void Delete(Family family, std::string_view key) {
    ASSERT_OK_AND_ASSIGN(const auto store, Store::Open(db(), Store::Mode::kReadWrite));
    Store::Batch batch;
    batch.Delete(family, key);
    ASSERT_OK(store->Commit(std::move(batch)));
  }
  std::string Get(Family family, std::string_view key) {
    const auto store = Store::Open(db(), Store::Mode::kReadOnly);
    EXPECT_OK(store);
    const auto value = (*store)->Get(family, key);
    EXPECT_OK(value);
    return value.ok() ? *value : "";
  }
  // The greatest key that starts so.
  std::string LastKey(Family family, std::string_view prefix) {
    const auto store = Store::Open(db(), Store::Mode::kReadOnly);
    EXPECT_OK(store);
    const auto last = (*store)->TakeSnapshot()->Last(family, prefix);
    EXPECT_TRUE(last.ok() && last->has_value()) << prefix;
    return last.ok() && last->has_value() ? (*last)->first : "";
  }
  template <class Message>
  void Edit(std::string_view key, const std::function<void(Message*)>& edit) {
    Message m;
    ASSERT_TRUE(m.ParseFromString(Get(Family::kState, key)));
    edit(&m);
    Put(Family::kState, key, record::CanonicalBytes(m));
  }
  // One problem, of this kind and place, that says this.
  void ExpectOnly(const std::string& kind, const std::string& place, const std::string& says) {
    const auto report = Run();
    ASSERT_EQ(report.problems.size(), 1u) << Text(report);
    EXPECT_EQ(report.problems[0].kind, kind) << Text(report);
    EXPECT_THAT(report.problems[0].place, StartsWith(place)) << Text(report);
    EXPECT_THAT(report.problems[0].detail, HasSubstr(says));
  }
  static std::string Text(const archive::AuditReport& report) {
    std::string out;
    for (const archive::Problem& p : report.problems)
      out += fmt::format("[{}] {}: {}\n", p.kind, p.place, p.detail);
    return out;
  }
};

TEST_F(DatabaseRowsTest, CaseWithAnotherStage) {
  const std::string key = LastKey(Family::kState, "case/");
  Edit<v1::CaseState>(key, [](v1::CaseState* c) { c->set_stage(v1::CaseState::CLOSED); });
  ExpectOnly("state", "state/" + key, "stage: REPORTED -> CLOSED");
}

TEST_F(DatabaseRowsTest, MissingObligation) {
  const std::string key = LastKey(Family::kState, "due/");
  Delete(Family::kState, key);
  ExpectOnly("state", "state/" + key, "it is missing");
}

TEST_F(DatabaseRowsTest, RevokedKeyInForceAgainAndOfficerOfAnother) {
  const std::string key = LastKey(Family::kState, "key/");
  Edit<v1::KeyState>(key, [](v1::KeyState* k) { k->set_sequence(k->sequence() + 1); });
  ExpectOnly("state", "state/" + key, "/desk");
}

TEST_F(DatabaseRowsTest, KeysThatNothingGives) {
  Put(Family::kState, "officer/med-a/mole", Get(Family::kState, "officer/med-a/desk"));
  ExpectOnly("state", "state/officer/med-a/mole", "officer med-a/mole");
  Delete(Family::kState, "officer/med-a/mole");
  Put(Family::kState, "\x01", "x");
  ExpectOnly("state", "state/01", "unknown key");
}

TEST_F(DatabaseRowsTest, CounterOfCases) {
  Edit<v1::CounterState>("counter/2025", [](v1::CounterState* c) { c->set_value(0); });
  ExpectOnly("state", "state/counter/2025", "value");
}

TEST_F(DatabaseRowsTest, Index) {
  const std::string record = LastKey(Family::kIndex, "r");
  const std::string value = Get(Family::kIndex, record);
  Delete(Family::kIndex, record);
  ExpectOnly("index", "index/", "it is missing");
  Put(Family::kIndex, record, BigEndian64(3));
  ExpectOnly("index", "index/", "it points to");
  Put(Family::kIndex, record, value);
  Put(Family::kIndex, "r" + std::string(32, 'x'), BigEndian64(3));
  ExpectOnly("index", "index/r", "no entry of the ledger gives it");
  Delete(Family::kIndex, "r" + std::string(32, 'x'));
  Delete(Family::kIndex, LastKey(Family::kIndex, "c"));
  ExpectOnly("index", "index/", "of case 2025-");
}

TEST_F(DatabaseRowsTest, BlockHeaders) {
  const LedgerId& ledger = ledger_.charter().ledger_id();
  const rules::ExecutedBlock& block = ledger_.blocks()[6];  // without a finalization of its own
  const std::string key = "b" + BigEndian64(6);
  const std::string good = Get(Family::kBlocks, key);
  const auto put = [&](const std::function<void(rules::BlockHeader*)>& edit) {
    rules::BlockHeader header = block.header;
    edit(&header);
    Encoder out;
    out.U8(1).U64(header.first_entry).U32(header.entry_count).Raw(header.Encode(ledger));
    Put(Family::kBlocks, key, out.TakeString());
  };
  const std::vector<std::pair<std::string, std::function<void(rules::BlockHeader*)>>> edits = {
      {"epoch", [](rules::BlockHeader* h) { h->epoch = 2; }},
      {"height", [](rules::BlockHeader* h) { h->height = 9; }},
      {"parent", [](rules::BlockHeader* h) { h->parent = BlockId(); }},
      {"time", [](rules::BlockHeader* h) { h->time = h->time + std::chrono::milliseconds(1); }},
      {"first entry", [](rules::BlockHeader* h) { ++h->first_entry; }},
      {"number of entries", [](rules::BlockHeader* h) { ++h->entry_count; }},
      {"seal", [](rules::BlockHeader* h) { h->seal = true; }},
      {"digest of records", [](rules::BlockHeader* h) { h->records_digest = Hash(); }},
      {"tree root", [](rules::BlockHeader* h) { h->tree_root = Hash(); }},
      {"state digest", [](rules::BlockHeader* h) { h->state_digest = StateDigest(); }}};
  for (const auto& [field, edit] : edits) {
    put(edit);
    const auto report = Run();
    EXPECT_THAT(report.problems,
                Contains(AllOf(Field(&archive::Problem::kind, "block"),
                               Field(&archive::Problem::detail, HasSubstr("its " + field)))))
        << Text(report);
    // The next block names another parent then.
    EXPECT_LE(report.problems.size(), field == "seal" ? 3u : 2u) << Text(report);
  }
  Put(Family::kBlocks, key, good.substr(0, good.size() - 1));
  EXPECT_THAT(Run().problems, Contains(Field(&archive::Problem::detail, HasSubstr("cannot be"))));
  Put(Family::kBlocks, key, good);
  EXPECT_TRUE(Run().ok());
}

TEST_F(DatabaseRowsTest, MissingAndStrayBlocks) {
  Put(Family::kBlocks, "b" + BigEndian64(9'000), "x");
  ExpectOnly("stray", "blocks/", "a block 9000");
  Delete(Family::kBlocks, "b" + BigEndian64(9'000));
  Put(Family::kBlocks, "q", "x");
  ExpectOnly("stray", "blocks/q", "neither");
  Delete(Family::kBlocks, "q");
  Delete(Family::kBlocks, "b" + BigEndian64(6));
  ExpectOnly("block", "blocks/", "block 6 is missing");
}

TEST_F(DatabaseRowsTest, Finalizations) {
  const uint64_t last = ledger_.blocks().back().header.height;
  const std::string key = "f" + BigEndian64(last);
  const std::string good = Get(Family::kBlocks, key);
  Delete(Family::kBlocks, key);
  ExpectOnly("finalization", "blocks/", "it is missing");
  // One signature flipped, one of another block, and too few.
  std::string bad = good;
  bad.back() = static_cast<char>(bad.back() ^ 1);
  Put(Family::kBlocks, key, bad);
  ExpectOnly("finalization", "blocks/", "does not verify");
  Put(Family::kBlocks, key, Get(Family::kBlocks, "f" + BigEndian64(1)));
  ExpectOnly("finalization", "blocks/", "it is for block");
  const LedgerId& ledger = ledger_.charter().ledger_id();
  auto few = consensus::DecodeCertificate(ledger, AsBytes(good));
  ASSERT_OK(few);
  few->signers.pop_back();
  Put(Family::kBlocks, key, consensus::EncodeCertificate(ledger, *few));
  ExpectOnly("finalization", "blocks/", "want 3 signers, got 2");
}

// A charter changed: quorums of two memberships, a seal, and a record that is not its block's last
// entry.
TEST_F(DatabaseRowsTest, AcrossAChangeOfTheCharter) {
  ledger_.Adopt(4, 2);
  const uint64_t seal = ledger_.blocks().back().header.height;
  const record::ParsedRecord proposal = ledger_.blocks().back().records.back();
  const uint64_t number = ledger_.size() - 2;
  ledger_.Cosign(6);
  ledger_.Add({ledger_.Report("party-a")});
  ledger_.Cosign(6);
  std::filesystem::remove_all(db());
  Write();
  EXPECT_TRUE(Run().ok()) << Text(Run());
  EXPECT_EQ(Get(Family::kIndex, "r" + proposal.id().ToString()), BigEndian64(number));
  // The seal's own finalization, and who may give one after it.
  const std::string key = "f" + BigEndian64(seal);
  const std::string good = Get(Family::kBlocks, key);
  Delete(Family::kBlocks, key);
  ExpectOnly("finalization", "blocks/", "ends its epoch");
  Put(Family::kBlocks, key, good);
  const std::string last = "f" + BigEndian64(seal + 1);
  const LedgerId& ledger = ledger_.charter().ledger_id();
  auto few = consensus::DecodeCertificate(ledger, AsBytes(Get(Family::kBlocks, last)));
  ASSERT_OK(few);
  few->signers.pop_back();
  Put(Family::kBlocks, last, consensus::EncodeCertificate(ledger, *few));
  ExpectOnly("finalization", "blocks/", "want 5 signers, got 4");
}

TEST_F(DatabaseRowsTest, Meta) {
  const std::string tip = Get(Family::kMeta, "tip");
  std::string bad = tip;
  bad.back() = static_cast<char>(bad.back() ^ 1);  // the state digest ends it
  Put(Family::kMeta, "tip", bad);
  ExpectOnly("meta", "meta/tip", "its state digest is");
  Put(Family::kMeta, "tip", tip);
  Put(Family::kMeta, "member", "nobody");
  ExpectOnly("meta", "meta/member", "never a member");
  Put(Family::kMeta, "member", "med-a");
  Put(Family::kMeta, "ledger", std::string(32, 'x'));
  ExpectOnly("meta", "meta/ledger", "the charter's ledger id is");
  Put(Family::kMeta, "ledger", ledger_.charter().ledger_id().ToString());
  Put(Family::kMeta, "note to self", "x");
  ExpectOnly("stray", "meta/note to self", "nothing that a node keeps");
}

TEST_F(DatabaseRowsTest, StrayNumbersAreNamedThemselves) {
  for (const uint64_t number : {ledger_.size() + 5, uint64_t{1} << 60}) {
    Put(Family::kEntries, BigEndian64(number), "x");
    ExpectOnly("stray", "entries/" + HexEncode(AsBytes(BigEndian64(number))),
               fmt::format("an entry with the number {}", number));
    Delete(Family::kEntries, BigEndian64(number));
  }
  Put(Family::kEntries, "12", "x");
  ExpectOnly("stray", "entries/12", "no number");
  Delete(Family::kEntries, "12");
  Put(Family::kTiles, std::string(1, '\x07') + BigEndian64(0), std::string(32, 'x'));
  ExpectOnly("stray", "tiles/07", "no tile");
}

TEST_F(DatabaseRowsTest, CheckpointRows) {
  Put(Family::kCheckpoints, "z", "x");
  ExpectOnly("stray", "checkpoints/z", "nothing that a node keeps");
  Delete(Family::kCheckpoints, "z");
  Put(Family::kCheckpoints, "m", Encoder().U64(ledger_.size()).Fixed(Hash()).U64(7).TakeString());
  ExpectOnly("cosigned", "checkpoints/m", "the ledger has");
  Put(Family::kCheckpoints, "m", "short");
  ExpectOnly("cosigned", "checkpoints/m", "cannot be read");
}

TEST_F(DatabaseRowsTest, Votes) {
  using consensus::VoteKind;
  const LedgerId& ledger = ledger_.charter().ledger_id();
  const auto sign = [&](VoteKind kind, const std::string& member, uint8_t index) {
    consensus::SignedVote out;
    out.vote = {kind, static_cast<consensus::Epoch>(1), static_cast<consensus::View>(500), {}, {},
                {}};
    if (kind != VoteKind::kNullify) out.vote.block = ledger_.blocks().back().tip.block;
    out.signer = static_cast<consensus::MemberIndex>(index);
    out.signature = TestAccord::KeyOf(member, "node").Sign(consensus::VoteBytes(ledger, out.vote));
    return consensus::EncodeSignedVote(ledger, out);
  };
  const std::string view = "v" + BigEndian64(1) + BigEndian64(500);
  Put(Family::kVotes, view + '\x02', sign(VoteKind::kNullify, "med-a", 0));
  EXPECT_TRUE(Run().ok()) << Text(Run());
  Put(Family::kVotes, view + '\x03', sign(VoteKind::kFinalize, "med-a", 0));
  ExpectOnly("votes", "votes/", "contradicts the nullify vote of view 500");
  Put(Family::kVotes, view + '\x03', sign(VoteKind::kFinalize, "med-b", 1));
  ExpectOnly("votes", "votes/", "which is not \"med-a\"");
  Put(Family::kVotes, view + '\x03', sign(VoteKind::kFinalize, "med-b", 0));
  ExpectOnly("votes", "votes/", "did not sign");
  Delete(Family::kVotes, view + '\x03');
  Put(Family::kVotes, "zz", "x");
  ExpectOnly("votes", "votes/zz", "nothing that a node keeps");
  Delete(Family::kVotes, "zz");
  Put(Family::kMeta, "votes", BigEndian64(1));
  ExpectOnly("votes", "votes/m", "votes were lost");
}

TEST_F(DatabaseRowsTest, Pending) {
  Put(Family::kPending, BigEndian64(7), ledger_.blocks()[3].records[0].envelope());
  ExpectOnly("pending", "pending/", "is final already");
  Put(Family::kPending, BigEndian64(7), "x");
  ExpectOnly("pending", "pending/", "");
  Delete(Family::kPending, BigEndian64(7));
  Put(Family::kPending, BigEndian64(8), ledger_.Report("med-a").envelope());
  EXPECT_TRUE(Run().ok()) << Text(Run());
  Put(Family::kPending, "zz", "x");
  ExpectOnly("stray", "pending/zz", "no number");
}

}  // namespace
}  // namespace parley::store
