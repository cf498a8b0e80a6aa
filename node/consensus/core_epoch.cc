// The edges of an epoch: what a member must know before its first vote after a start, messages of
// other epochs, and the end that a seal brings.

#include <algorithm>

#include "base/limits.h"
#include "node/consensus/core_impl.h"

namespace parley::consensus {

// --- Asking before voting -----------------------------------------------------------------------
//
// A database may be an older copy of itself, and its owner need not know. So a member signs nothing
// until q - 1 others have said where they are and it has caught up with what f + 1 of them claim:
// then its own forgotten votes lie in views that are final here, where nothing is signed any more,
// or were shown to it by those who hold them (NoteForeignUse).

bool CoreImpl::MayStopAsking() const {
  std::vector<View> claims;  // of this epoch, highest first
  size_t heard = 0;
  size_t beyond = 0;  // in a later epoch
  for (const Peer& peer : peers_) {
    if (!peer.status) continue;
    ++heard;
    if (peer.status->epoch > config_.epoch) ++beyond;
    if (peer.status->epoch == config_.epoch) claims.push_back(peer.status->last_final);
  }
  if (heard + 1 < committee_.quorum() || IsBehind()) return false;
  // At most f of them lie: what f + 1 claim, one honest member has.
  if (beyond > committee_.faulty_max()) return false;
  std::sort(claims.begin(), claims.end(), std::greater<>());
  return claims.size() <= committee_.faulty_max() || claims[committee_.faulty_max()] <= last_final_;
}

void CoreImpl::RunAsking() {
  if (!asking_) return;
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

// Tells a member that asks everything that bears its own signature.
void CoreImpl::AnswerAsking(MemberIndex to) {
  Peer& peer = PeerOf(to);
  if (now_ < peer.told_at) return;
  peer.told_at = After(config_.retry_ms / 2);
  for (View v = Next(last_final_); v <= static_cast<View>(ToInt(view_) + limits::kViewsAhead);
       v = Next(v)) {
    for (const SignedVote& vote : tally_.VotesOf(v)) {
      if (vote.signer == to) SendTo(to, vote);
    }
  }
  SendCertificates(to, View{0});
  SendStatus(to);
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

std::vector<MemberIndex> CoreImpl::PeersBeyond() const {
  std::vector<MemberIndex> out;
  for (uint8_t i = 0; i < committee_.size(); ++i) {
    if (peers_[i].beyond && MemberIndex{i} != config_.self) out.push_back(MemberIndex{i});
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
