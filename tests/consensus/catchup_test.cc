// A member that is behind, among peers that stall, serve garbage or lie about where they are: one
// core, its events by hand. Member 3 of four asks; f is 1.

#include <gtest/gtest.h>

#include <functional>

#include "node/consensus/core.h"
#include "tests/consensus/values.h"
#include "tests/support/status_matchers.h"

namespace parley::consensus {
namespace {

using testing::BlockOn;
using testing::CertifiedBy;
using testing::FinalizeVote;
using testing::FirstSlot;
using testing::kEpoch;

constexpr uint64_t kChain = 200;
constexpr MemberIndex kFirst{0}, kSecond{1}, kThird{2};

class CatchUpTest : public ::testing::Test {
 protected:
  CatchUpTest() {
    config_.members = sim::ToyKeys(4);
    config_.self = MemberIndex{3};
    config_.first_block = sim::ToyGenesis();
    config_.voting_enabled = false;
    config_.helpers = 2;
    chain_.push_back(config_.first_block);
    for (uint64_t h = 1; h <= kChain; ++h)
      chain_.push_back(BlockOn(chain_.back(), fmt::format("record {}", h)));
    Restored restored;
    restored.tip = config_.first_block;
    auto core = Core::Create(config_, app_, signer_, verifier_, std::move(restored));
    EXPECT_TRUE(core.ok()) << core.status();
    core_ = std::move(*core);
    Step(event::Tick{});
  }

  void Step(const Event& event) {
    Effects effects = core_->Step(event, SteadyMs{now_});
    wake_at_ = effects.wake_at;
    for (const Alarm& a : effects.alarms) alarms_.push_back(a);
    EXPECT_LE(effects.fetches.size(), 1U);
    asked_.reset();
    if (effects.fetches.empty()) return;
    asked_ = effects.fetches[0].from;
    asked_first_ = ToInt(effects.fetches[0].first);
    ++times_asked_[*asked_];
  }
  // Time passes, with Ticks as they are wanted, until somebody is asked, `ms` at most.
  std::optional<MemberIndex> NextAsked(uint64_t ms) {
    const uint64_t end = now_ + ms;
    while (wake_at_ && ToInt(*wake_at_) <= end) {
      now_ = std::max(now_ + 1, ToInt(*wake_at_));
      Step(event::Tick{});
      if (asked_) return asked_;
    }
    now_ = end;
    return std::nullopt;
  }

  Certificate FinalityOf(uint64_t height) {
    return CertifiedBy({0, 1, 2}, FinalizeVote(FirstSlot(height, chain_[height], {})));
  }
  void HearOf(uint64_t height) { Step(event::Received{kFirst, FinalityOf(height)}); }
  event::BlocksFetched Range(MemberIndex from, uint64_t first, uint64_t last) {
    event::BlocksFetched e{from, Height{first}, {}, FinalityOf(last)};
    for (uint64_t h = first; h <= last; ++h) e.blocks.push_back(chain_[h]);
    return e;
  }
  void Claim(MemberIndex who, Epoch epoch, uint64_t height) {
    StatusMessage claim{epoch, View{height}, View{height}, Height{height}, BlockId()};
    Step(event::Received{who, claim});
  }
  uint64_t height() const { return ToInt(core_->Status().tip_height); }

  CoreConfig config_;
  sim::ToyApp app_;
  sim::ToySigner signer_{3};
  sim::ToyVerifier verifier_;
  std::vector<Block> chain_;  // by height
  std::unique_ptr<Core> core_;
  uint64_t now_ = 1'000'000;
  std::optional<SteadyMs> wake_at_;
  std::optional<MemberIndex> asked_;  // in the last step
  uint64_t asked_first_ = 0;          // from which height on
  std::map<MemberIndex, int> times_asked_;
  std::vector<Alarm> alarms_;
};

TEST_F(CatchUpTest, AStallingPeerIsWaitedForNoLongerThanSaid) {
  HearOf(100);
  ASSERT_EQ(asked_, kFirst);
  EXPECT_EQ(core_->Status().fetching_from, kFirst);
  const uint64_t since = now_;
  ASSERT_EQ(NextAsked(60'000), kSecond);
  EXPECT_GE(now_ - since, config_.fetch_patience_ms);
  EXPECT_LE(now_ - since, config_.fetch_patience_ms + config_.retry_ms);
  Step(Range(kSecond, 1, 100));
  EXPECT_EQ(height(), 100U);
  EXPECT_FALSE(core_->Status().behind);
  EXPECT_EQ(core_->Status().fetching_from, std::nullopt);
}

TEST_F(CatchUpTest, WhoStalledIsNotAskedAgainWhileOthersServe) {
  HearOf(kChain);
  ASSERT_EQ(asked_, kFirst);
  ASSERT_TRUE(NextAsked(60'000));
  for (uint64_t first = 1; first <= kChain; first += 10) {
    ASSERT_TRUE(asked_);
    EXPECT_EQ(asked_first_, first);
    now_ += 20;
    Step(Range(*asked_, first, first + 9));
  }
  EXPECT_EQ(height(), kChain);
  EXPECT_EQ(times_asked_[kFirst], 1);
  // The others took turns: a slow one would have held up its own turns only.
  EXPECT_EQ(times_asked_[kSecond], 10);
  EXPECT_EQ(times_asked_[kThird], 10);
}

TEST_F(CatchUpTest, WhoFailedOnceIsAskedBeforeWhoStallsAgainAndAgain) {
  HearOf(kChain);
  for (int i = 0; i < 6; ++i) {  // only the first peer stalls, the others cannot be reached
    while (asked_ != kFirst) {
      Step(event::FetchFailed{*asked_});
      if (!asked_) {
        ASSERT_TRUE(NextAsked(60'000));
      }
    }
    ASSERT_TRUE(NextAsked(60'000));
  }
  const int stalls = times_asked_[kFirst];
  Step(Range(*asked_, 1, 10));
  for (int i = 0; i < 10; ++i) {  // one that serves again, with a mishap now and then
    ASSERT_TRUE(asked_);
    Step(event::FetchFailed{*asked_});
    if (!asked_) {
      ASSERT_TRUE(NextAsked(60'000));
    }
    Step(Range(*asked_, height() + 1, height() + 10));
  }
  EXPECT_LE(times_asked_[kFirst], stalls + 1);
}

TEST_F(CatchUpTest, AnAnswerThatComesLateIsOfUse) {
  HearOf(100);
  ASSERT_EQ(asked_, kFirst);
  Step(Range(kThird, 1, 50));  // not asked
  EXPECT_EQ(height(), 0U);
  ASSERT_EQ(NextAsked(60'000), kSecond);
  Step(Range(kFirst, 1, 50));
  EXPECT_EQ(height(), 50U);
  EXPECT_FALSE(asked_) << "the second is still waited for";
  Step(Range(kSecond, 1, 40));  // overtaken
  EXPECT_EQ(height(), 50U);
  ASSERT_TRUE(asked_) << "without a pause: nobody failed";
  EXPECT_EQ(asked_first_, 51U);
}

// A line on which every answer takes 12 s: patience must grow, and not be spent on each range anew.
TEST_F(CatchUpTest, PatienceGrowsWithAThinLine) {
  HearOf(kChain);
  std::map<uint64_t, event::BlocksFetched> under_way;  // by when it arrives
  const auto send = [&] {
    if (asked_) under_way[now_ + 12'000] = Range(*asked_, asked_first_, asked_first_ + 9);
  };
  const uint64_t since = now_;
  send();
  while (height() < kChain && now_ < since + 3'600'000) {
    ASSERT_FALSE(under_way.empty());
    const auto next = *under_way.begin();
    if (NextAsked(next.first > now_ ? next.first - now_ : 0)) {
      send();
      continue;
    }
    under_way.erase(under_way.begin());
    Step(next.second);
    send();
  }
  EXPECT_EQ(height(), kChain);
  EXPECT_LE(now_ - since, 21 * 12'000U);
  int asked = 0;
  for (const auto& [member, times] : times_asked_) asked += times;
  EXPECT_LE(asked, 20 + 4) << "ranges were asked for again and again";
}

// Blocks of which none is final by itself come with the headers up to one that is.
TEST_F(CatchUpTest, HeadersShowThatBlocksAreFinalByALaterOne) {
  HearOf(100);
  ASSERT_TRUE(asked_);
  event::BlocksFetched e = Range(*asked_, 1, 60);
  for (size_t i = 3; i < e.blocks.size(); ++i) e.blocks[i].bytes = nullptr;
  Step(e);
  EXPECT_EQ(height(), 3U);
  ASSERT_TRUE(asked_) << "it goes on at once";
  EXPECT_EQ(asked_first_, 4U);
  // After a restart the certificate of the later block still shows that the tip is final.
  Restored restored;
  restored.tip = chain_[3];
  restored.certificates.push_back(FinalityOf(60));
  EXPECT_OK(Core::Create(config_, app_, signer_, verifier_, restored).status());
  restored.certificates.clear();
  EXPECT_FALSE(Core::Create(config_, app_, signer_, verifier_, restored).ok());
  Step(Range(*asked_, 4, 100));
  EXPECT_EQ(height(), 100U);
}

TEST_F(CatchUpTest, GarbageIsFollowedByTheNextPeer) {
  using Spoil = std::function<void(event::BlocksFetched&)>;
  const std::vector<std::pair<const char*, Spoil>> garbage = {
      {"nothing", [](auto& e) { e.blocks.clear(); }},
      {"no finalization", [](auto& e) { e.finalization.reset(); }},
      {"a finalization of another block", [&](auto& e) { e.finalization = FinalityOf(99); }},
      {"a hole", [](auto& e) { e.blocks.erase(e.blocks.begin() + 5); }},
      {"another block inside", [&](auto& e) { e.blocks[5] = BlockOn(chain_[5], "forged"); }},
      {"no bytes", [](auto& e) { e.blocks[5].bytes = nullptr; }},
      {"headers alone",
       [](auto& e) {
         for (Block& b : e.blocks) b.bytes = nullptr;
       }},
      {"headers that are no chain",
       [&](auto& e) {
         for (size_t i = 3; i < e.blocks.size(); ++i) e.blocks[i].bytes = nullptr;
         e.blocks[5].parent = chain_[1].id;
       }},
      {"headers that lead elsewhere",
       [&](auto& e) {
         for (size_t i = 3; i < e.blocks.size(); ++i) e.blocks[i].bytes = nullptr;
         e.blocks.pop_back();
       }},
      {"a gap before the first", [](auto& e) { e.blocks.erase(e.blocks.begin()); }},
      {"one signer for all",
       [](auto& e) {
         for (auto& s : e.finalization->signers) s = e.finalization->signers[0];
       }},
      {"forged signatures",
       [](auto& e) {
         for (auto& s : e.finalization->signers) s.signature = Signature();
       }},
  };
  HearOf(100);
  for (const auto& [what, spoil] : garbage) {
    ASSERT_TRUE(asked_) << what;
    const MemberIndex liar = *asked_;
    event::BlocksFetched e = Range(liar, 1, 100);
    spoil(e);
    Step(e);
    EXPECT_EQ(height(), 0U) << what;
    ASSERT_TRUE(NextAsked(config_.retry_ms)) << what;
    EXPECT_NE(*asked_, liar) << what;
  }
  ASSERT_TRUE(asked_);
  Step(Range(*asked_, 1, 100));
  EXPECT_EQ(height(), 100U);
  ASSERT_FALSE(alarms_.empty());
  for (const Alarm& a : alarms_) EXPECT_EQ(a.kind, AlarmKind::kBadPeer) << a.text;
}

TEST_F(CatchUpTest, EveryoneIsAskedAgainWhileNobodyServes) {
  HearOf(100);
  const uint64_t end = now_ + 120'000;
  while (now_ < end) {
    ASSERT_TRUE(asked_);
    Step(event::FetchFailed{*asked_});
    if (!asked_) {
      ASSERT_TRUE(NextAsked(config_.retry_ms));
    }
  }
  for (const MemberIndex m : {kFirst, kSecond, kThird}) EXPECT_GE(times_asked_[m], 20) << ToInt(m);
}

TEST_F(CatchUpTest, OneLiarsHeightOrEpochIsNotBelieved) {
  HearOf(5);
  ASSERT_TRUE(NextAsked(60'000));
  Step(Range(*asked_, 1, 5));
  ASSERT_EQ(height(), 5U);
  times_asked_.clear();
  const auto check = [&] {
    const CoreStatus s = core_->Status();
    EXPECT_FALSE(s.behind);
    EXPECT_EQ(s.certified_height, Height{5});
    EXPECT_EQ(s.waiting_for, "");
  };
  Claim(kFirst, kEpoch, 1'000'000);
  check();
  EXPECT_FALSE(NextAsked(10'000)) << "a height is a claim, no certificate";
  // A later epoch costs fetches, ever fewer of them, whether they fail, stall or bring garbage.
  for (const uint64_t end = now_ + 1'200'000; now_ < end;) {
    Claim(kFirst, Epoch{7}, 1'000'000);
    check();
    const bool asked = asked_ || NextAsked(500);
    if (!asked) continue;
    EXPECT_EQ(asked_, kFirst);
    if (times_asked_[kFirst] % 3 == 0) Step(event::FetchFailed{kFirst});
    event::BlocksFetched old = Range(kFirst, 1, 5);
    old.first = Height{6};
    if (times_asked_[kFirst] % 3 == 1) Step(old);
    check();
  }
  EXPECT_GE(times_asked_[kFirst], 5);
  EXPECT_LE(times_asked_[kFirst], 30);
  // Two are more than may lie.
  Claim(kFirst, Epoch{7}, 10);
  Claim(kSecond, Epoch{7}, 10);
  EXPECT_TRUE(core_->Status().behind);
}

// Who is no member of the epoch: its blocks are as good, its word is worth nothing.
TEST_F(CatchUpTest, AHelperServesAndIsNotBelieved) {
  Step(event::Ahead{kFirst});  // a member speaks for itself
  Step(event::Ahead{MemberIndex{6}});
  EXPECT_FALSE(NextAsked(60'000));
  Step(event::Ahead{MemberIndex{4}});
  Step(event::Ahead{MemberIndex{5}});
  EXPECT_FALSE(core_->Status().behind);
  EXPECT_EQ(core_->Status().peer_heights.size(), 4U);
  ASSERT_EQ(core_->Status().fetching_from, MemberIndex{4});
  ASSERT_EQ(NextAsked(60'000), MemberIndex{5});  // the other one stalls
  event::BlocksFetched forged = Range(MemberIndex{5}, 1, 10);
  forged.blocks[3] = BlockOn(chain_[3], "forged");
  Step(forged);
  EXPECT_EQ(height(), 0U);
  EXPECT_EQ(alarms_.size(), 1U);
  EXPECT_FALSE(NextAsked(600'000)) << "both were found wanting and claim nothing new";
  Step(event::Ahead{MemberIndex{5}});
  ASSERT_EQ(asked_, MemberIndex{5});
  Step(Range(MemberIndex{5}, 1, 100));
  EXPECT_EQ(height(), 100U);
  EXPECT_EQ(asked_first_, 101U) << "it may have more";
}

TEST_F(CatchUpTest, AnEpochThatDoesNotExistHoldsUpNoRealBlocks) {
  Claim(kFirst, Epoch{7}, 10);
  ASSERT_EQ(asked_, kFirst);  // and stalls
  now_ += 100;
  HearOf(100);
  EXPECT_TRUE(core_->Status().behind);
  EXPECT_EQ(core_->Status().certified_height, Height{100});
  const uint64_t since = now_;
  ASSERT_EQ(NextAsked(60'000), kSecond);
  EXPECT_LE(now_ - since, config_.fetch_patience_ms + config_.retry_ms);
  Step(Range(kSecond, 1, 100));
  EXPECT_EQ(height(), 100U);
}

}  // namespace
}  // namespace parley::consensus
