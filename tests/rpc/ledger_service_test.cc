// Every method of LedgerService but Watch, over real TLS, on a real ledger, in front of a fake
// replica.

#include <gtest/gtest.h>

#include <thread>

#include "base/limits.h"
#include "ledger/merkle/proof.h"
#include "ledger/note/receipt.h"
#include "ledger/record/record.h"
#include "node/rpc/status.h"
#include "parley/v1/entry.pb.h"
#include "parley/v1/ledger_service.grpc.pb.h"
#include "tests/rpc/ledger_service_fixture.h"

namespace parley::rpc::testing {
namespace {

using absl::StatusCode;
using parley::testing::IsOk;
using parley::testing::StatusIs;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

RecordId IdOf(const std::string& envelope) { return record::ParsedRecord::Parse(envelope)->id(); }

TEST_F(LedgerServiceTest, GetEntryAndListEntries) {
  v1::GetEntryRequest request;
  request.set_index(1);
  ASSERT_OK_AND_ASSIGN(const auto one, client_->GetEntry(request));
  v1::Entry entry;
  ASSERT_TRUE(entry.ParseFromString(one.entry()));
  EXPECT_EQ(entry.record(), reports_[0]);
  request.set_index(4);
  EXPECT_THAT(client_->GetEntry(request),
              StatusIs(StatusCode::kNotFound, HasSubstr("has 4 entries")));

  v1::ListEntriesRequest list;
  list.set_first(1);
  list.set_count_max(2);
  ASSERT_OK_AND_ASSIGN(auto page, client_->ListEntries(list));
  EXPECT_THAT(page.entries(), ElementsAre(one.entry(), ::testing::_));
  EXPECT_EQ(page.size(), 4U);
  list.set_first(4);
  ASSERT_OK_AND_ASSIGN(page, client_->ListEntries(list));
  EXPECT_THAT(page.entries(), SizeIs(0));
  list.set_first(UINT64_MAX);
  list.set_count_max(limits::kListPageMax);
  EXPECT_THAT(client_->ListEntries(list), IsOk());
  list.set_count_max(limits::kListPageMax + 1);
  EXPECT_THAT(client_->ListEntries(list),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("count_max")));
}

TEST_F(LedgerServiceTest, GetRecordFinalPendingOrUnknown) {
  v1::GetRecordRequest request;
  request.set_record_id(IdOf(reports_[1]).ToString());
  ASSERT_OK_AND_ASSIGN(auto answer, client_->GetRecord(request));
  EXPECT_EQ(answer.state(), v1::GetRecordResponse::FINAL);
  EXPECT_EQ(answer.envelope(), reports_[1]);
  EXPECT_EQ(answer.index(), 2U);
  const std::string next = ledger_.NextReport();
  request.set_record_id(IdOf(next).ToString());
  EXPECT_THAT(client_->GetRecord(request), StatusIs(StatusCode::kNotFound));
  north_.replica().pending[IdOf(next)] = next;
  ASSERT_OK_AND_ASSIGN(answer, client_->GetRecord(request));
  EXPECT_EQ(answer.state(), v1::GetRecordResponse::PENDING);
  EXPECT_EQ(answer.envelope(), next);
  request.set_record_id("short");
  EXPECT_THAT(client_->GetRecord(request), StatusIs(StatusCode::kInvalidArgument));
}

TEST_F(LedgerServiceTest, ReceiptsVerifyWithTheCharterAlone) {
  for (const bool by_record : {false, true}) {
    v1::GetReceiptRequest request;
    if (by_record) {
      request.set_record_id(IdOf(reports_[0]).ToString());
    } else {
      request.set_index(1);
    }
    ASSERT_OK_AND_ASSIGN(const auto answer, client_->GetReceipt(request));
    ASSERT_OK_AND_ASSIGN(const note::Receipt receipt, note::Receipt::Parse(answer.receipt()));
    EXPECT_EQ(receipt.index, 1U);
    ASSERT_OK_AND_ASSIGN(const auto result,
                         note::VerifyReceipt(receipt, AsBytes(answer.entry()), ledger_.Rule()));
    EXPECT_EQ(result.checkpoint.size, 3U);
  }
}

TEST_F(LedgerServiceTest, ReceiptWaitsForACheckpoint) {
  v1::GetReceiptRequest request;
  request.set_index(3);
  EXPECT_THAT(client_->GetReceipt(request),
              StatusIs(StatusCode::kUnavailable, HasSubstr("not yet under a checkpoint")));
  request.set_index(4);
  EXPECT_THAT(client_->GetReceipt(request), StatusIs(StatusCode::kNotFound));
  const std::string next = ledger_.NextReport();
  request.set_record_id(IdOf(next).ToString());
  EXPECT_THAT(client_->GetReceipt(request), StatusIs(StatusCode::kNotFound));
  north_.replica().pending[IdOf(next)] = next;
  EXPECT_THAT(client_->GetReceipt(request),
              StatusIs(StatusCode::kUnavailable, HasSubstr("pending")));
  EXPECT_THAT(client_->GetReceipt({}), StatusIs(StatusCode::kInvalidArgument));
}

TEST_F(LedgerServiceTest, GetCheckpoint) {
  v1::GetCheckpointRequest request;
  request.set_list_sizes(true);
  ASSERT_OK_AND_ASSIGN(auto answer, client_->GetCheckpoint(request));
  ASSERT_OK_AND_ASSIGN(const auto parsed, note::CosignedCheckpoint::Parse(answer.checkpoint()));
  EXPECT_THAT(note::VerifyCheckpoint(parsed, ledger_.Rule()), IsOk());
  EXPECT_THAT(answer.sizes(), ElementsAre(3U));
  ledger_.PublishCheckpoint();
  Publish();
  ASSERT_OK_AND_ASSIGN(answer, client_->GetCheckpoint(request));
  EXPECT_THAT(answer.sizes(), ElementsAre(3U, 4U));
  request.set_size(3);
  ASSERT_OK_AND_ASSIGN(answer, client_->GetCheckpoint(request));
  EXPECT_THAT(answer.checkpoint(), HasSubstr("\n3\n"));
  request.set_size(2);
  EXPECT_THAT(client_->GetCheckpoint(request), StatusIs(StatusCode::kNotFound));
}

TEST_F(LedgerServiceTest, GetConsistencyProof) {
  v1::GetConsistencyProofRequest request;
  request.set_first(3);
  request.set_second(4);
  ASSERT_OK_AND_ASSIGN(const auto answer, client_->GetConsistencyProof(request));
  std::vector<Hash> proof;
  for (const std::string& hash : answer.hashes()) proof.push_back(*Hash::FromBytes(hash));
  store::LedgerReader reader(ledger_.published().snapshot);
  ASSERT_OK_AND_ASSIGN(const Hash old_root, merkle::RootFromTiles(reader, 3));
  const Hash new_root = ledger_.published().tip.tree.Root();
  EXPECT_THAT(merkle::VerifyConsistency(3, 4, old_root, new_root, proof), IsOk());
  request.set_second(5);
  EXPECT_THAT(client_->GetConsistencyProof(request), StatusIs(StatusCode::kNotFound));
  request.set_first(6);
  EXPECT_THAT(client_->GetConsistencyProof(request), StatusIs(StatusCode::kInvalidArgument));
}

TEST_F(LedgerServiceTest, CasesAndObligations) {
  v1::ListCasesRequest list;
  ASSERT_OK_AND_ASSIGN(auto cases, client_->ListCases(list));
  ASSERT_THAT(cases.cases(), SizeIs(3));
  EXPECT_EQ(cases.size(), 4U);
  EXPECT_EQ(cases.cases(0).event_type(), "FIRE_INDIRECT");
  EXPECT_EQ(cases.cases(0).place(), "Hill 402");
  list.set_count_max(1);
  list.set_after(cases.cases(0).case_id());
  const std::string second = cases.cases(1).case_id();
  ASSERT_OK_AND_ASSIGN(cases, client_->ListCases(list));
  ASSERT_THAT(cases.cases(), SizeIs(1));
  EXPECT_EQ(cases.cases(0).case_id(), second);

  v1::GetCaseRequest request;
  request.set_case_id(second);
  ASSERT_OK_AND_ASSIGN(const auto one, client_->GetCase(request));
  EXPECT_EQ(one.summary().reporter(), "north");
  EXPECT_THAT(one.indexes(), ElementsAre(2U));
  EXPECT_THAT(one.entries(), SizeIs(1));
  EXPECT_FALSE(one.legal_acts().empty());
  EXPECT_FALSE(one.obligations().empty());
  request.set_case_id("1999-0001");
  EXPECT_THAT(client_->GetCase(request), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(client_->GetCase({}), StatusIs(StatusCode::kInvalidArgument));

  v1::ListObligationsRequest owed;
  ASSERT_OK_AND_ASSIGN(const auto all, client_->ListObligations(owed));
  EXPECT_THAT(all.obligations(), SizeIs(Gt(2)));
  EXPECT_THAT(all.next(), IsEmpty());
  // Page by page it is the same list.
  std::vector<std::string> paged, whole;
  for (const v1::Obligation& o : all.obligations()) whole.push_back(o.SerializeAsString());
  owed.set_count_max(1);
  do {
    ASSERT_OK_AND_ASSIGN(const auto page, client_->ListObligations(owed));
    ASSERT_THAT(page.obligations(), SizeIs(1));
    paged.push_back(page.obligations(0).SerializeAsString());
    owed.set_after(page.next());
  } while (!owed.after().empty() && paged.size() <= whole.size());
  EXPECT_EQ(paged, whole);
  owed.set_after(std::string(257, 'x'));
  EXPECT_THAT(client_->ListObligations(owed), StatusIs(StatusCode::kInvalidArgument));
  owed.clear_after();
  owed.set_count_max(limits::kListPageMax + 1);
  EXPECT_THAT(client_->ListObligations(owed), StatusIs(StatusCode::kInvalidArgument));
  owed.clear_count_max();
  owed.set_member("nobody");
  EXPECT_THAT(client_->ListObligations(owed), StatusIs(StatusCode::kNotFound));
}

TEST_F(LedgerServiceTest, CharterAuthorHeadAndStatus) {
  ASSERT_OK_AND_ASSIGN(const auto charter, client_->GetCharter());
  EXPECT_EQ(charter.charter_note(), accord_.charter().note());

  v1::GetAuthorHeadRequest request;
  const KeyId key = KeyIdOf(KeyOf("north/anna").public_key());
  request.set_key_id(key.ToString());
  north_.replica().heads[key] = {3, IdOf(reports_[2])};
  ASSERT_OK_AND_ASSIGN(const auto head, client_->GetAuthorHead(request));
  EXPECT_EQ(head.sequence(), 3U);
  EXPECT_EQ(head.previous(), IdOf(reports_[2]).ToString());
  request.set_key_id("seven b");
  EXPECT_THAT(client_->GetAuthorHead(request), StatusIs(StatusCode::kInvalidArgument));

  north_.replica().status.leader = "peace";
  north_.replica().status.pending_records = 5;
  north_.replica().status.peers = {{"peace", true, {}, {}, 3, 2}};
  north_.replica().status.catch_up = {{3, 9, 6, 2, 3, 1'500, 4, "south"}};
  ASSERT_OK_AND_ASSIGN(const auto status, client_->GetStatus());
  EXPECT_EQ(status.member(), "north");
  EXPECT_EQ(status.origin(), kOrigin);
  EXPECT_EQ(status.size(), 4U);
  EXPECT_EQ(status.height(), 3U);
  EXPECT_EQ(status.checkpoint_size(), 3U);
  EXPECT_EQ(status.root(), ledger_.published().tip.tree.Root().ToString());
  EXPECT_EQ(status.leader(), "peace");
  EXPECT_EQ(status.pending_records(), 5U);
  ASSERT_THAT(status.peers(), SizeIs(1));
  EXPECT_TRUE(status.peers(0).connected());
  EXPECT_EQ(status.catch_up().certified_height(), 9U);
  EXPECT_EQ(status.catch_up().blocks_left(), 6U);
  EXPECT_EQ(status.catch_up().from(), "south");
  EXPECT_EQ(status.catch_up().blocks_done(), 2U);
  EXPECT_EQ(status.catch_up().entries_done(), 3U);
  EXPECT_EQ(status.catch_up().elapsed_ms(), 1'500U);
  EXPECT_EQ(status.catch_up().seconds_left(), 4U);
  north_.replica().status.catch_up.reset();
  ASSERT_OK_AND_ASSIGN(const auto level, client_->GetStatus());
  EXPECT_FALSE(level.has_catch_up());
}

// ---- Submit ------------------------------------------------------------------------------------

v1::SubmitRequest Submission(bool wait_final) {
  v1::SubmitRequest request;
  request.add_envelopes("first");
  request.add_envelopes("second");
  request.set_wait_final(wait_final);
  return request;
}

TEST_F(LedgerServiceTest, SubmitAnswersForEachRecordInOrder) {
  std::jthread replica([this] {
    ASSERT_TRUE(north_.replica().WaitFor("submit 2 wait_final=true"));
    replica::SubmitOutcome good;
    good.id = IdOf(reports_[0]);
    good.intake_receipt = "signed";
    good.final = true;
    good.index = 9;
    good.time = static_cast<TimeMs>(77);
    replica::SubmitOutcome bad;
    bad.id = IdOf(reports_[1]);
    bad.status = FailedPrecondition("the case is closed");
    north_.replica().submitted.front()({good, bad});
  });
  ASSERT_OK_AND_ASSIGN(const auto answer, client_->Submit(Submission(true)));
  ASSERT_THAT(answer.results(), SizeIs(2));
  EXPECT_EQ(answer.results(0).code(), 0U);
  EXPECT_EQ(answer.results(0).intake_receipt(), "signed");
  EXPECT_TRUE(answer.results(0).final());
  EXPECT_EQ(answer.results(0).index(), 9U);
  EXPECT_EQ(answer.results(0).time_ms(), 77U);
  EXPECT_EQ(answer.results(1).code(), static_cast<uint32_t>(StatusCode::kFailedPrecondition));
  EXPECT_EQ(answer.results(1).message(), "the case is closed");
  EXPECT_FALSE(answer.results(1).final());
}

TEST_F(LedgerServiceTest, SubmitIsBoundedBeforeItReachesTheReplica) {
  EXPECT_THAT(client_->Submit({}), StatusIs(StatusCode::kInvalidArgument));
  v1::SubmitRequest many;
  for (size_t i = 0; i <= limits::kSubmitRecordsMax; ++i) many.add_envelopes("x");
  EXPECT_THAT(client_->Submit(many), StatusIs(StatusCode::kInvalidArgument, HasSubstr("500")));
  v1::SubmitRequest large;
  for (int i = 0; i < 80; ++i) large.add_envelopes(std::string(limits::kEnvelopeBytesMax, 'x'));
  EXPECT_THAT(client_->Submit(large), StatusIs(StatusCode::kInvalidArgument));
  north_.replica().submit_status = ResourceExhausted("the queue is full");
  EXPECT_THAT(client_->Submit(Submission(false)),
              StatusIs(StatusCode::kResourceExhausted, HasSubstr("the queue is full")));
  EXPECT_TRUE(north_.replica().log().empty());
}

TEST_F(LedgerServiceTest, SubmitWaitsUntilShortlyBeforeTheCallersDeadlineAndNeverLonger) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(client_->Submit(Submission(true), milliseconds(600)),
              StatusIs(StatusCode::kDeadlineExceeded));
  const auto wait = north_.replica().submit_deadline - start;
  EXPECT_LT(wait, milliseconds(600));
  EXPECT_GT(wait, milliseconds(200));
}

TEST_F(LedgerServiceTest, LateCompletionOfACancelledSubmitIsDropped) {
  EXPECT_THAT(client_->Submit(Submission(true), milliseconds(300)),
              StatusIs(StatusCode::kDeadlineExceeded));
  ASSERT_TRUE(north_.replica().WaitFor("submit 2 wait_final=true"));
  // The server has ended every call when it stops, so the call is gone for certain.
  north_.Stop();
  for (const auto& done : north_.replica().submitted) done({{}, {}});
}

TEST_F(LedgerServiceTest, WaitingSubmitIsToldThatTheNodeStops) {
  std::jthread stopper([this] {
    ASSERT_TRUE(north_.replica().WaitFor("submit 2 wait_final=true"));
    north_.Stop();
  });
  EXPECT_THAT(client_->Submit(Submission(true)), StatusIs(StatusCode::kUnavailable));
}

// ---- FetchBlocks -------------------------------------------------------------------------------

TEST_F(LedgerServiceTest, PeersFetchBlocksFromSnapshots) {
  TestNode south(accord_, "south", {{"north", north_.address()}});
  south.links().Start(south.replica());
  ASSERT_TRUE(south.replica().WaitFor("connected north"));
  south.links().FetchBlocks("north", 1);
  EXPECT_TRUE(south.replica().WaitFor("fetched north 1 3 certificate"));
}

}  // namespace
}  // namespace parley::rpc::testing
