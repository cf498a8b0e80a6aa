#pragma once

// The state of one epoch and the rules that move it. One class, because the rules share all of it;
// one file per group of rules:
//   core_impl.cc          creation, events, status
//   core_restore.cc       what was read back from disk
//   core_votes.cc         votes in and out, evidence
//   core_certificates.cc  certificates, entering views
//   core_proposals.cc     slots offered by leaders, voting on them
//   core_leader.cc        finding a parent, proposing
//   core_content.cc       is a slot's block good
//   core_commit.cc        making blocks final
//   core_catchup.cc       fetching what is missing, helping others
//   core_epoch.cc         asking before voting, other epochs, the end of this one
//   core_timers.cc        work, timeouts, repetition
// Every private function works on out_, the effects of the step under way.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/consensus/budget.h"
#include "node/consensus/certificate_store.h"
#include "node/consensus/committee.h"
#include "node/consensus/core.h"
#include "node/consensus/evidence.h"
#include "node/consensus/slot_store.h"
#include "node/consensus/tally.h"
#include "node/consensus/vote_guard.h"

namespace parley::consensus {

class CoreImpl final : public Core {
 public:
  CoreImpl(const CoreConfig& config, Committee committee, Application& application, Signer& signer,
           Verifier& verifier);

  // Called once, before the first Step.
  parley::Status Restore(Restored restored);

  Effects Step(const Event& event, SteadyMs now) override;
  CoreStatus Status() const override;
  const std::vector<Evidence>& evidence() const override { return evidence_.all(); }

 private:
  struct Peer {
    SteadyMs heard_at{};      // any authenticated message
    SteadyMs voted_at{};      // a vote of it that was verified, or one of our own
    Height claimed_height{};  // by its last status or a finalize vote since
    SteadyMs help_at{};       // not helped again before
    SteadyMs answer_at{};     // own votes not repeated to it before
    SteadyMs alarm_at{};
    SteadyMs told_at{};           // not told of its own votes before
    SteadyMs fetch_asked_at{};    // when it was last asked for blocks
    SteadyMs fetch_after{};       // others are asked before it; 0: it is as good as any
    unsigned fetch_failures = 0;  // in a row
    bool fetch_open = false;      // asked, and the end of that has not come
    bool beyond = false;          // claims to be in a later epoch, and was not found wanting
    bool answered = false;        // it has told us where it is and what we signed
    std::optional<StatusMessage> status;  // its last one
    Budget mistakes{50, 100};             // things from it that did not verify
    Budget serving{50, 50};               // slots sent on its request
    Budget judging{4, 5'000};             // large proofs that it brought
  };
  struct Prop {  // the first slot seen from a view's leader
    SlotId id;
    bool well_justified = true;
    bool dropped = false;  // its view was given up, and its block is not kept
  };
  struct Parent {  // what a new slot may be built on
    View view{};
    SlotId slot;
    Height height{};
    BlockId block;
    const Certificate* certificate = nullptr;  // null for the epoch's first slot
  };
  struct Want {  // a certified slot that is not here
    std::vector<MemberIndex> holders;
    SteadyMs ask_at{};
    size_t asked = 0;
    View view{};
  };

  // --- Restart (core_restore.cc).
  parley::Status RestoreTip(const Restored& r);
  parley::Status RestoreCertificate(const Certificate& c);
  parley::Status RestoreVotes(const std::vector<SignedVote>& votes);

  // --- Events (core_impl.cc).
  void On(const event::Received& e);
  void On(const event::Tick&) {}
  void On(const event::WorkChanged&) {}
  void On(const event::Connected& e);
  void On(const event::Ahead& e);
  void On(const event::BlocksFetched& e);
  void On(const event::FetchFailed& e);
  void OnMessage(MemberIndex from, const SignedVote& m);
  void OnMessage(MemberIndex from, const Certificate& m);
  void OnMessage(MemberIndex from, const Proposal& m);
  void OnMessage(MemberIndex from, const StatusMessage& m);
  void OnMessage(MemberIndex from, const SlotRequest& m);
  void OnMessage(MemberIndex from, const SlotAnswer& m);
  void OnMessage(MemberIndex from, const EvidenceMessage& m);
  // Repeats the rules until nothing changes.
  void Reevaluate();

  // --- Votes (core_votes.cc).
  // Verifies (unless known) and counts a vote; false when it is not genuine.
  bool TakeVote(MemberIndex from, const SignedVote& vote);
  void TryJoin();
  void TryNullifyRanges();
  // The ranges that it may have finished are looked at next.
  void NoteNullified(const Certificate& nullification);
  void Count(const SignedVote& vote);
  // Puts a verified vote beside what its signer said before.
  void Cross(const SignedVote& vote);
  // Signs, persists and counts; `announce` also sends it. False when the guard refuses.
  bool CastVote(const Vote& vote, bool announce);
  void AnswerRange(MemberIndex to, const Vote& vote);
  void AnswerWithOwnVotes(MemberIndex to, View view);
  // A genuine vote of our own key that is not in the guard.
  void NoteForeignUse(const Vote& vote);
  void AddEvidence(Evidence evidence);
  bool IsBadBlock(MemberIndex from, const Evidence& evidence);
  void BlameForBlock(const SignedVote& vote);

  // --- Certificates (core_certificates.cc).
  void Accept(const Certificate& verified);
  // True when it shows that a quorum contradicted itself; raises the alarm.
  bool Contradicts(const Certificate& verified);
  bool ContradictsHistory(const Certificate& c) const;
  void EnterView(View view);
  void DropGivenUp();
  bool IsProposedElsewhere(const BlockId& block) const;
  void Halt(AlarmKind kind, const std::string& text);

  // --- Proposals (core_proposals.cc).
  bool ProposalShapeOk(MemberIndex from, const Proposal& m);
  void AcceptProposal(const Proposal& m, const SlotId& id);
  void TryNotarize();
  void PersistSlot(const SlotId& id);

  // --- Leader (core_leader.cc).
  std::optional<Parent> FindParent();
  bool IsSealed(const Parent& parent) const;
  void TryPropose();
  std::optional<Justification> Justify(const Parent& parent) const;
  void ProposeSlot(const Parent& parent, Justification justification, std::optional<Block> block);

  // --- Content (core_content.cc).
  Content ContentOf(const BlockId& id);
  Content CheckChain(const std::vector<const Block*>& newest_first, const Block& base);
  Content SlotContent(const persist::StoredSlot& stored);
  void NoteBadBlock(const Block& block);
  const Block* FindBlock(const BlockId& id) const;

  // --- Commit (core_commit.cc).
  void TryFinalize();
  bool CommitTo(const Certificate& finalization);
  void CommitLinked(const Block& last);
  void Commit();
  void Deliver(const Block& block, const Certificate* finalization);
  void PruneBelowFinal();
  void PruneBelowTip();

  // --- Catch-up and help (core_catchup.cc).
  bool IsBehind() const;
  // By so much that blocks are fetched in ranges; what is proposed meanwhile is not kept.
  bool IsFarBehind() const;
  // Whom to ask for what a certificate names, most promising first.
  std::vector<MemberIndex> HoldersOf(const Certificate& certificate) const;
  void WantSlot(const SlotId& id, const Certificate& certificate);
  void WantChain(const persist::StoredSlot& stored);
  bool IsHopeless(const Want& want) const;
  // A quorum signed a slot that no honest member signs.
  void BlameSigners(const SlotId& id, const SlotAnswer& m, const std::string& why);
  void TakeBlocks(const event::BlocksFetched& e);
  static std::optional<size_t> CountWhole(const std::vector<Block>& blocks);
  void AskForSlots();
  void AskForBlocks();
  // How long an answer is waited for before the next one is asked; doubles while answers come late.
  uint64_t FetchPatience() const;
  void GiveUpFetch();
  std::optional<SteadyMs> NextFetch() const;
  void Help(MemberIndex to);
  void SendCertificates(MemberIndex to, View from);
  void SendStatus(std::optional<MemberIndex> to);
  View FirstUncertified() const;

  // --- Epochs (core_epoch.cc).
  bool MayStopAsking() const;
  void RunAsking();
  void AnswerAsking(MemberIndex to);
  void OnAnswer(MemberIndex from, const StatusMessage& m);
  // True when the message is not of this epoch; it is dealt with.
  bool IsOtherEpoch(MemberIndex from, Epoch epoch);
  std::vector<MemberIndex> PeersBeyond() const;
  void EndEpoch();

  // --- Timers (core_timers.cc).
  bool WorkPending();
  bool HasWorkOn(const BlockId& parent);
  // Notarized views above the last final one, but for those whose slot nobody has and nobody needs.
  std::vector<View> Unfinal() const;
  bool HasUnfinal() const;
  bool RunTimers();  // true when something changed
  void SendStatusInTurn();
  bool RunViewTimer();
  void Standstill(std::optional<MemberIndex> to, bool with_proposal);
  bool LeaderIsSilent() const;
  uint64_t NullifiedRun(uint64_t max) const;
  uint64_t Patience() const;  // in ms: how long the present view is waited for
  uint64_t RetryPause() const;
  // More views in a row failed than f dishonest leaders explain: members disagree among themselves.
  bool MembersDisagree() const {
    return NullifiedRun(committee_.faulty_max() + 1) > committee_.faulty_max();
  }
  void RepeatRanges(std::optional<MemberIndex> to);
  std::optional<SteadyMs> NextWake() const;

  // --- Small helpers.
  void SendTo(std::optional<MemberIndex> to, Message message);
  void BadPeer(MemberIndex from, const std::string& what);
  bool IsHelper(MemberIndex m) const {
    return ToInt(m) >= committee_.size() && ToInt(m) < peers_.size();
  }
  Peer& PeerOf(MemberIndex m) { return peers_[ToInt(m)]; }
  SteadyMs After(uint64_t ms) const { return static_cast<SteadyMs>(ToInt(now_) + ms); }
  SteadyMs UnfinalSince() const;

  const CoreConfig config_;
  const Committee committee_;
  Application& application_;
  Verifier& verifier_;
  SignatureChecker signatures_;

  VoteGuard guard_;
  Tally tally_;
  CachingChecker checker_;
  EvidenceBook evidence_;
  CertificateStore certificates_;
  SlotStore slots_;

  View view_{1};
  View last_final_{};  // 0: nothing but the first block
  View pruned_through_{};
  Block tip_;                         // last delivered block
  std::map<Height, BlockId> recent_;  // ids of the last delivered blocks
  std::map<View, Prop> props_;
  std::map<BlockId, std::pair<Height, bool>> content_;  // executed blocks above the tip
  std::map<BlockId, bool> judged_;                      // blocks of accusations: bad?
  std::set<BlockId> bad_blocks_;  // of those, the ones that the application itself refused
  std::map<View, SteadyMs> notarized_at_;
  std::set<ViewRange> finished_;  // ranges that may be given up as a whole now
  View disliked_{};               // the view whose proposal gets no vote and only time will end

  std::optional<SteadyMs> timer_;    // nullify at
  std::optional<SteadyMs> forward_;  // hand records to the leader at
  std::optional<SteadyMs> retry_;    // repeat what we have at
  uint64_t retries_ = 0;             // standstills in this view
  size_t ranges_turn_ = 0;           // which open range is repeated next
  std::optional<SteadyMs> status_at_;
  bool skip_run_alarmed_ = false;

  std::map<SlotId, Want> wants_;
  std::set<SlotId> wanted_now_;          // of this step; what is not in here is not wanted any more
  std::optional<MemberIndex> fetching_;  // whose blocks are waited for
  SteadyMs fetch_until_{};               // for so long
  SteadyMs fetch_at_{};                  // no fetch before
  unsigned fetches_slow_ = 0;            // how often patience is doubled
  bool behind_ = false;

  std::vector<Peer> peers_;  // members, then helpers
  std::optional<SteadyMs> started_at_;
  uint64_t ignored_ = 0;  // messages of other epochs
  bool work_pending_ = false;
  bool halted_ = false;  // after an alarm that voting must not survive
  bool forked_ = false;  // two quorums contradict each other: nor may catching up
  bool asking_ = false;
  std::optional<SteadyMs> ask_at_;     // ask again at
  std::optional<SteadyMs> ask_until_;  // all others are waited for until then
  bool ended_ = false;

  // Of the step under way.
  Effects out_;
  SteadyMs now_{};
  bool dirty_ = false;
  bool proposed_ = false;
  std::map<BlockId, bool> work_;  // HasWork's answers
};

}  // namespace parley::consensus
