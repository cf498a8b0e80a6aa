// A random walk: people and clocks do anything at all, and the invariants hold. Build and Execute
// agree, overlays and a flat map give one digest, entries chain, and nothing is ever lost.

#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "ledger/merkle/tree_hash.h"
#include "ledger/rules/policy.h"
#include "ledger/rules/state_keys.h"
#include "ledger/rules/step.h"
#include "parley/v1/entry.pb.h"
#include "tests/ledger/rules_fixture.h"

namespace parley::testing {
namespace {

// SplitMix64: the same numbers on every platform.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  uint64_t Roll(uint64_t sides) {
    state_ += 0x9e3779b97f4a7c15ULL;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return (z ^ (z >> 31)) % sides;
  }
  template <class T>
  const T& Pick(const std::vector<T>& from) {
    return from[Roll(from.size())];
  }

 private:
  uint64_t state_;
};

struct Shape {
  size_t parties;
  size_t mediators;
  bool verification;
  uint64_t seed;
};

class Walk {
 public:
  explicit Walk(const Shape& shape)
      : dice_(shape.seed),
        accord_(TestAccord::Create(shape.parties, shape.mediators, Options(shape))),
        flat_(accord_->charter()),
        now_(accord_->charter().founded_at() + hours(1)) {
    for (const rules::CharterMember& member : accord_->charter().members())
      members_.push_back(member.name);
    base_.Apply(rules::Executor(accord_->charter(), nullptr).Genesis()->changes);
  }

  void Run(int blocks) {
    for (int i = 0; i < blocks && !::testing::Test::HasFatalFailure(); ++i) Block();
    CheckDigestOfFlatState();
  }
  size_t entries() const { return flat_.entries().size(); }
  const std::set<std::string>& stages() const { return stages_; }

 private:
  static AccordOptions Options(const Shape& shape) {
    AccordOptions out;
    out.verdict_without_verification = !shape.verification;
    out.policies = "close { role { role: MEDIATOR k: 1 } }";
    return out;
  }

  std::string AnyCase() { return fmt::format("2025-{:04}", 1 + dice_.Roll(6)); }
  RecordId AnyRecord() { return written_.empty() ? RecordId() : dice_.Pick(written_); }
  v1::Record AnyAct() {
    const std::string c = AnyCase();
    switch (dice_.Roll(16)) {
      case 0:
        return Report(now_, {dice_.Pick(members_)});
      case 1:
        return Report(now_, {dice_.Pick(members_)}, c);
      case 2:
        return Amend(c, AnyRecord(), now_, {dice_.Pick(members_)});
      case 3:
        return dice_.Roll(4) == 0 ? Withdraw(c, AnyRecord()) : Respond(c);
      case 4:
        return Screen(c, static_cast<v1::ScreenCase::Decision>(1 + dice_.Roll(2)));
      case 5:
        return Screen(c, v1::ScreenCase::MERGE, AnyCase() == c ? "2025-0007" : "2025-0008");
      case 6:
        return Respond(c);
      case 7:
        return Comment(c);
      case 8:
        return Propose(c, AnyVerdict());
      case 9:
      case 10:
        return EndorseRecord(c, Waiting(c),
                             dice_.Roll(3) == 0 ? v1::Endorse::DISSENT : v1::Endorse::APPROVE);
      case 11:
        return AppealCase(c);
      case 12:
        return Decide(c, static_cast<v1::DecideAppeal::Outcome>(1 + dice_.Roll(3)));
      case 13:
        return RemedyDone(c, static_cast<uint32_t>(dice_.Roll(2)));
      case 14:
        return Check(c, static_cast<uint32_t>(dice_.Roll(2)), dice_.Roll(2) == 0);
      default:
        return CloseIt(c);
    }
  }
  // An act that moves the case on, if the right member does it.
  v1::Record FittingAct(const std::string& c) {
    const auto view = rules::GetCase(flat_.state(), c);
    const std::string stage = view.ok() ? view->state : "";
    if (stage == "REPORTED") return Screen(c, v1::ScreenCase::ADMIT);
    if (stage == "ADMITTED") return Respond(c);
    if (stage == "ANSWERED" || stage == "FOUND") return Comment(c);
    if (stage == "COMMENTED" || stage == "DEADLOCKED") return Propose(c, AnyVerdict());
    if (stage == "DRAFTED") return EndorseRecord(c, Waiting(c));
    if (stage == "REMEDY_DUE" || stage == "REMEDY_OVERDUE") return RemedyDone(c, 0);
    return AnyAct();
  }
  v1::Verdict AnyVerdict() {
    v1::Verdict out = Violation();
    if (dice_.Roll(3) > 0) AddRemedy(&out, members_.back(), members_.front(), now_ + hours(48));
    return out;
  }
  // What the case waits for, so that endorsements are not all in vain.
  RecordId Waiting(const std::string& case_id) {
    const auto file = rules::ReadState<v1::CaseState>(flat_.state(), rules::keys::Case(case_id));
    if (!file.ok() || !*file || !(**file).has_motion()) return AnyRecord();
    return *RecordId::FromBytes((**file).motion().record_id());
  }

  void Block() {
    now_ = now_ + (dice_.Roll(6) == 0 ? std::chrono::milliseconds(hours(dice_.Roll(200)))
                                      : std::chrono::milliseconds(minutes(1 + dice_.Roll(90))));
    std::vector<record::ParsedRecord> candidates;
    for (uint64_t i = 0; i <= dice_.Roll(5); ++i) {
      TestAuthor& author = accord_->Author(dice_.Pick(members_));
      candidates.push_back(accord_->SignOnly(author, AnyAct()));
    }
    if (dice_.Roll(2) == 0) {
      const std::string case_id = AnyCase();
      for (const std::string& member : members_)
        candidates.push_back(accord_->SignOnly(accord_->Author(member), FittingAct(case_id)));
    }
    const auto built =
        flat_.executor().Build(flat_.tip(), flat_.state(), now_, {candidates}, nullptr);
    if (!built.ok()) {
      ASSERT_THAT(built, StatusIs(absl::StatusCode::kFailedPrecondition));
      return;
    }
    CheckAgreement(*built);
    CheckEntries(*built);
    for (const record::ParsedRecord& record : built->records) written_.push_back(record.id());
    for (const std::string& member : members_)
      TestAccord::Rewind(accord_->Author(member), flat_.state());
    CheckCases();
  }

  // Re-execution on the flat map and on a chain of overlays gives the same header.
  void CheckAgreement(const rules::ExecutedBlock& built) {
    const rules::StateView& top =
        overlays_.empty() ? static_cast<const rules::StateView&>(base_) : *overlays_.back();
    const auto again = flat_.executor().Execute(flat_.tip(), top, now_, {built.records});
    ASSERT_OK(again);
    EXPECT_EQ(again->header, built.header);
    EXPECT_EQ(again->entries, built.entries);
    EXPECT_EQ(again->changes, built.changes);
    overlays_.push_back(std::make_unique<rules::OverlayState>(
        top, std::make_shared<const rules::StateChanges>(again->changes)));
    ASSERT_OK(flat_.Add(now_, built.records));
    EXPECT_EQ(flat_.last().header, built.header);
    EXPECT_EQ(flat_.tip().block, built.header.Id(accord_->charter().ledger_id()));
  }

  void CheckEntries(const rules::ExecutedBlock& built) {
    ASSERT_FALSE(built.entries.empty());
    for (size_t i = 0; i < built.entries.size(); ++i) {
      v1::Entry entry;
      ASSERT_OK(record::ParseCanonical(built.entries[i], &entry, "entry"));
      const uint64_t index = built.header.first_entry + i;
      EXPECT_EQ(entry.index(), index);
      EXPECT_EQ(entry.previous(),
                Sha256<EntryHash>(AsBytes(flat_.entries()[index - 1])).ToString());
      EXPECT_EQ(built.leaf_hashes[i], merkle::LeafHash(AsBytes(built.entries[i])));
      EXPECT_EQ(entry.case_id(), built.case_ids[i]);
      if (entry.case_id().empty()) continue;
      EXPECT_EQ(entry.case_previous(), heads_[entry.case_id()]);
      heads_[entry.case_id()] = index + 1;
    }
  }

  // What must hold of every case at any time.
  void CheckCases() {
    const auto cases = rules::ListCases(flat_.state(), "", "", 1'000);
    ASSERT_OK(cases);
    for (const rules::CaseView& view : *cases) {
      stages_.insert(view.state);
      EXPECT_EQ(view.last_entry_plus_1, heads_[view.case_id]);
      const auto file =
          rules::ReadState<v1::CaseState>(flat_.state(), rules::keys::Case(view.case_id));
      ASSERT_OK(file);
      CheckVerdict(**file);
      CheckNotStuck(**file);
    }
  }

  // A verdict that was not decided by the ledger itself has its policy met by distinct mediators:
  // seen when the motion disappears is too late, so the motion must never be met and still wait.
  void CheckVerdict(const v1::CaseState& file) {
    if (!file.has_motion()) return;
    const rules::MemberSet approvals(file.motion().approvals().begin(),
                                     file.motion().approvals().end());
    EXPECT_EQ(approvals.size(), static_cast<size_t>(file.motion().approvals_size()));
    if (file.motion().act() == v1::Record::kProposeVerdict) {
      EXPECT_EQ(file.stage(), v1::CaseState::DRAFTED);
      EXPECT_FALSE(rules::PolicyMet(accord_->charter().proto().policies().verdict(),
                                    accord_->charter(), approvals));
    }
  }

  // Whatever is not at its end has a deadline, or only waits for somebody's free act.
  void CheckNotStuck(const v1::CaseState& file) {
    using S = v1::CaseState;
    static const std::set<rules::Stage> kMayRest = {S::REJECTED,      S::MERGED, S::WITHDRAWN,
                                                    S::FINAL,         S::CLOSED, S::REMEDY_DUE,
                                                    S::REMEDY_OVERDUE};
    if (kMayRest.count(file.stage()) > 0 || file.stage() == S::REPORTED) return;
    const auto open = rules::CaseObligations(flat_.state(), file.case_id());
    ASSERT_OK(open);
    EXPECT_FALSE(open->empty()) << file.case_id() << " " << rules::StageName(file.stage());
  }

  // The running digest is a function of the changes alone; replaying them gives it again.
  void CheckDigestOfFlatState() {
    const rules::StateView& top =
        overlays_.empty() ? static_cast<const rules::StateView&>(base_) : *overlays_.back();
    std::vector<std::pair<std::string, std::string>> a, b;
    const auto collect = [](auto* out) {
      return [out](std::string_view key, std::string_view value) {
        out->emplace_back(key, value);
        return true;
      };
    };
    ASSERT_OK(flat_.state().Scan("", collect(&a)));
    ASSERT_OK(top.Scan("", collect(&b)));
    EXPECT_EQ(a, b);
  }

  Dice dice_;
  std::unique_ptr<TestAccord> accord_;
  TestLedger flat_;
  rules::MemoryState base_;
  std::vector<std::unique_ptr<rules::OverlayState>> overlays_;
  TimeMs now_;
  std::vector<std::string> members_;
  std::vector<RecordId> written_;
  std::map<std::string, uint64_t> heads_;
  std::set<std::string> stages_;
};

class RulesWalkTest : public ::testing::TestWithParam<Shape> {};

TEST_P(RulesWalkTest, InvariantsHoldWhateverPeopleDo) {
  Walk walk(GetParam());
  walk.Run(150);
  EXPECT_GT(walk.entries(), 100U);
}

INSTANTIATE_TEST_SUITE_P(Accords, RulesWalkTest,
                         ::testing::Values(Shape{1, 1, false, 1}, Shape{2, 2, false, 2},
                                           Shape{2, 2, true, 3}, Shape{3, 2, false, 4},
                                           Shape{4, 3, false, 5}, Shape{4, 3, true, 6}));

TEST(RulesWalkTest, TheWalksReachEveryStage) {
  std::set<std::string> seen;
  for (uint64_t seed = 10; seed < 26; ++seed) {
    Walk walk({2, 2, seed % 3 == 0, seed});
    walk.Run(200);
    seen.insert(walk.stages().begin(), walk.stages().end());
  }
  for (const char* stage :
       {"REPORTED", "ADMITTED", "REJECTED", "ANSWERED", "FOUND", "COMMENTED", "DRAFTED",
        "DEADLOCKED", "DECIDED", "APPEALED", "FINAL", "REMEDY_DUE", "REMEDY_OVERDUE", "CLOSED"})
    EXPECT_EQ(seen.count(stage), 1U) << stage;
}

}  // namespace
}  // namespace parley::testing
