// The edges of an epoch: what a member must know before its first vote after a start, messages of
// other epochs, and the end that a seal brings.

#include <algorithm>

#include "base/limits.h"
#include "node/consensus/core_impl.h"

namespace parley::consensus {

// --- Asking before voting -----------------------------------------------------------------------
//
// A database may be an older copy of itself, and its owner need not know. So a member signs nothing
// until q - 1 others have answered its question, all of them within some seconds if they can, and
// until it has caught up with what f + 1 of them claim. An answer bears the newest votes of the
// asker that its sender knows: one that the asker does not know ends its voting (NoteForeignUse).
//
// The newest ones are enough. What was forgotten was signed last; a forgotten nullify or notarize
// vote contradicts something only while its view is still the current one, and a forgotten finalize
// vote only while its view is not certified here, which the claims of f + 1 rule out.
//
// What nobody who answers has seen cannot be told. A member that comes back from an older copy
// while those who know are away may contradict itself, like any of the f that may lie.

bool CoreImpl::MayStopAsking() const {
  std::vector<View> finals, views;  // claims of this epoch, highest first
  size_t answered = 0;
  size_t beyond = 0;  // in a later epoch
  for (const Peer& peer : peers_) {
    answered += peer.answered;
    if (!peer.status) continue;
    if (peer.status->epoch > config_.epoch) ++beyond;
    if (peer.status->epoch != config_.epoch) continue;
    finals.push_back(peer.status->last_final);
    views.push_back(peer.status->view);
  }
  if (answered + 1 < committee_.quorum() || IsBehind()) return false;
  if (answered + 1 < committee_.size() && now_ < ask_until_) return false;
  // At most f of them lie: what f + 1 claim, one honest member has.
  const size_t f = committee_.faulty_max();
  if (beyond > f) return false;
  std::sort(finals.begin(), finals.end(), std::greater<>());
  std::sort(views.begin(), views.end(), std::greater<>());
  return finals.size() <= f || (finals[f] <= last_final_ && views[f] <= view_);
}

void CoreImpl::RunAsking() {
  if (!asking_) return;
  if (!ask_until_) ask_until_ = After(config_.ask_patience_ms);
  if (MayStopAsking()) {
    asking_ = false;
    ask_at_.reset();
    guard_.Resume();
    dirty_ = true;
    return;
  }
  if (ask_at_ && now_ < *ask_at_) return;
  if (ask_at_ && !IsBehind()) SendStatus(std::nullopt);  // the first question is every start's
  ask_at_ = After(config_.retry_ms);
}

// Tells a member that asks what bears its own signature, and brings it here.
void CoreImpl::AnswerAsking(MemberIndex to) {
  Peer& peer = PeerOf(to);
  if (now_ < peer.told_at) return;
  peer.told_at = After(config_.retry_ms / 2);
  StatusMessage answer{config_.epoch, FirstUncertified(), last_final_, tip_.height, tip_.id};
  answer.answer = true;
  for (View v{ToInt(view_) + limits::kViewsAhead}; v >= last_final_; v = View{ToInt(v) - 1}) {
    for (const SignedVote& vote : tally_.VotesOf(v)) {
      // Ranges are about views behind: whatever was forgotten of them, their certificates tell.
      const bool single = vote.vote.kind != VoteKind::kNullifyRange;
      if (vote.signer == to && single) answer.yours.push_back(vote);
    }
    if (!answer.yours.empty() || v == View{0}) break;
  }
  SendCertificates(to, View{0});
  SendTo(to, std::move(answer));
}

void CoreImpl::OnAnswer(MemberIndex from, const StatusMessage& m) {
  if (!asking_) return;
  for (const SignedVote& own : m.yours) {
    if (own.signer != config_.self || !signatures_.IsGenuine(own))
      return BadPeer(from, "an answer with votes that are not this member's");
    if (!guard_.Knows(own.vote)) NoteForeignUse(own.vote);
  }
  PeerOf(from).answered = true;
  dirty_ = true;
}

// --- Other epochs -------------------------------------------------------------------------------

bool CoreImpl::IsOtherEpoch(MemberIndex from, Epoch epoch) {
  if (epoch == config_.epoch) return false;
  ++ignored_;
  Peer& peer = PeerOf(from);
  if (epoch < config_.epoch) {
    // It fetches the blocks that lead here when it hears of this epoch.
    if (now_ < peer.help_at) return true;
    peer.help_at = After(config_.retry_ms / 2);
    SendStatus(from);
    return true;
  }
  // A claim only: it costs one fetch, and what comes must be final in this epoch.
  if (!peer.status || peer.status->epoch != epoch) {
    peer.status = StatusMessage{};
    peer.status->epoch = epoch;
  }
  if (!ended_) peer.beyond = true;
  return true;
}

// The members of an old epoch may all be gone; who has its blocks need not be one of them.
void CoreImpl::On(const event::Ahead& e) {
  if (IsHelper(e.helper) && !ended_) PeerOf(e.helper).beyond = true;
}

std::vector<MemberIndex> CoreImpl::PeersBeyond() const {
  std::vector<MemberIndex> out;
  for (size_t i = 0; i < peers_.size(); ++i) {
    const auto m = static_cast<MemberIndex>(i);
    if (peers_[i].beyond && m != config_.self) out.push_back(m);
  }
  return out;
}

// The last block of the epoch is final. Nothing is voted on any more; whoever is not there yet is
// helped with its finalization.
void CoreImpl::EndEpoch() {
  ended_ = true;
  asking_ = false;
  ask_at_.reset();
  guard_.Disable();
  timer_.reset();
  forward_.reset();
  retry_.reset();
  for (Peer& peer : peers_) peer.beyond = false;
}

}  // namespace parley::consensus
