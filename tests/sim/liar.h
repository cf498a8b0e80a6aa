#pragma once

// A machine that breaks the rules with its own key, in the ways that the seed draws for it. It
// learns whatever it is sent, cannot forge signatures of others, and is told of every new epoch.
//   liar.cc       what it knows, and its answers
//   liar_acts.cc  one function per way of lying

#include <map>
#include <vector>

#include "node/consensus/committee.h"
#include "tests/sim/era.h"
#include "tests/sim/toy_app.h"
#include "tests/sim/toy_crypto.h"
#include "tests/sim/world.h"

namespace parley::sim {

enum class Lie : uint8_t {
  kConflict,       // two notarize and two finalize votes in one view
  kNullFinalize,   // nullify and finalize in one view
  kNullifyOnly,    // gives up every view, votes for nothing
  kOutdated,       // votes in views long past
  kImpersonate,    // votes in others' names
  kReconfigure,    // messages of the next epoch, and of far ones
  kEquivocate,     // different proposals to different members
  kIllegalParent,  // proposes on any parent, with holes in the justification
  kWithhold,       // shows certificates to one member only
  kSelective,      // good votes, but to some members only
  kLieStatus,      // claims views, heights and epochs that do not exist
  kSlowDrip,       // never serves what it is asked for: the question times out
  kReplay,         // repeats old messages, those of old epochs too
  kJunkRecords,    // floods others with records when they lead
  kGarbage,        // wrong certificates, answers and accusations
};
inline constexpr uint8_t kLies = 15;
const char* NameOf(Lie lie);

class Liar final : public Endpoint {
 public:
  // `lies`: one bit per Lie.
  Liar(World& world, std::shared_ptr<const Era> era, size_t machine, uint32_t lies);
  void set_endpoint(size_t endpoint) { endpoint_ = endpoint; }
  void Start() { ScheduleAct(); }
  void Mute() { muted_ = true; }
  void EnterEra(std::shared_ptr<const Era> era);

  void Receive(size_t from_machine, const consensus::Message& message) override;
  void ReceiveRecords(const std::vector<std::string>& records) override;
  std::optional<FetchAnswer> Serve(consensus::Height first) override;
  void Fetched(size_t, uint64_t, consensus::Height, const FetchAnswer*) override {}
  void Connected(size_t) override {}

  // Proposes in `view` on the named certified slot (or the first slot when null), with the
  // nullifications it has and nothing for those it lacks. For directed scenarios, too.
  void ProposeOn(consensus::View view, const consensus::Certificate* parent,
                 const std::vector<std::string>& records, const std::vector<size_t>& to);
  void Vote(const consensus::Vote& vote, const std::vector<size_t>& to);
  void Tell(const std::vector<size_t>& to, const consensus::Message& message);
  // One act of this kind, now.
  void Act(Lie lie);
  // Accuses the proposal's leader of a bad block (E6).
  void AccuseOfBlock(const consensus::Proposal& proposal);
  const consensus::Committee& committee() const { return *committee_; }

 private:
  using CertKey = std::pair<consensus::VoteKind, consensus::View>;

  bool Lies(Lie lie) const { return (lies_ >> static_cast<uint8_t>(lie) & 1) != 0; }
  void ScheduleAct();
  void Learn(const consensus::Certificate& c);
  void Learn(const consensus::SignedVote& v);
  void Learn(const consensus::Justification& j);
  void Learn(const consensus::Proposal& p, consensus::MemberIndex from);

  void ProposeLegally();
  void ProposeIllegally();
  const consensus::Certificate* NewestParent(consensus::View view) const;
  void VoteConflictingly();
  void VoteSelectively();
  void NullifyFinalize();
  void VoteInThePast();
  void Impersonate();
  void SpeakOfOtherEpochs();
  void LieAboutStatus();
  void Leak();
  void Accuse();
  void SendJunkRecords();
  void Replay();

  bool is_member() const { return self_.has_value(); }
  consensus::View MyNextView() const;
  const consensus::Slot* RecentSlot();
  FetchAnswer ForgedAnswer(consensus::Height first);
  std::vector<size_t> SomeEndpoints();
  std::vector<std::string> SomeRecords();
  Signature Sign(const consensus::Vote& vote);

  World& world_;
  const size_t machine_;
  const uint32_t lies_;
  std::shared_ptr<const Era> era_;
  std::unique_ptr<consensus::Committee> committee_;
  std::optional<consensus::MemberIndex> self_;
  std::unique_ptr<ToySigner> signer_;
  size_t endpoint_ = 0;
  bool muted_ = false;
  uint64_t serial_ = 0;
  // Of this epoch.
  consensus::View view_{1};
  BlockId last_final_;
  std::map<CertKey, consensus::Certificate> held_;
  std::map<consensus::Vote, std::map<consensus::MemberIndex, Signature>> votes_;
  std::vector<consensus::Slot> seen_slots_;  // the last few
  // For ever, within bounds.
  std::vector<consensus::Message> old_;  // for replay
  size_t old_turn_ = 0;
  std::map<BlockId, uint64_t> times_;  // of blocks seen
  std::vector<std::string> records_;
};

}  // namespace parley::sim
