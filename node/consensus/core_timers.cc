// Time: timers run only while there is work, so a quiet ledger makes no consensus traffic.

#include <algorithm>

#include "base/limits.h"
#include "node/consensus/codec.h"
#include "node/consensus/core_impl.h"

namespace parley::consensus {
namespace {

constexpr uint64_t kDoublingsMax = 6;  // of the view timeout
constexpr uint64_t kRepetitionsInView = 16;

}  // namespace

bool CoreImpl::HasWorkOn(const BlockId& parent) {
  const auto known = work_.find(parent);
  if (known != work_.end()) return known->second;
  return work_[parent] = application_.HasWork(parent);
}

std::vector<View> CoreImpl::Unfinal() const {
  std::vector<View> out = certificates_.NotarizedAfter(last_final_);
  std::erase_if(out, [&](View v) {
    const auto want = wants_.find(certificates_.notarization(v)->vote.slot);
    return want != wants_.end() && IsHopeless(want->second);
  });
  return out;
}

bool CoreImpl::HasUnfinal() const { return !Unfinal().empty(); }

SteadyMs CoreImpl::UnfinalSince() const {
  const std::vector<View> unfinal = Unfinal();
  const auto it = unfinal.empty() ? notarized_at_.end() : notarized_at_.find(unfinal.front());
  return it == notarized_at_.end() ? now_ : it->second;
}

bool CoreImpl::WorkPending() {
  if (HasUnfinal() && ToInt(now_) >= ToInt(UnfinalSince()) + config_.finality_grace_ms) return true;
  const std::optional<Parent> parent = FindParent();
  if (!parent) return HasWorkOn(tip_.id);
  return !IsSealed(*parent) && HasWorkOn(parent->block);
}

uint64_t CoreImpl::NullifiedRun(uint64_t max) const {
  uint64_t run = 0;
  for (View v = view_; run < max && ToInt(v) > 1; ++run) {
    v = static_cast<View>(ToInt(v) - 1);
    if (certificates_.nullification(v) == nullptr || certificates_.notarization(v) != nullptr)
      break;
  }
  return run;
}

bool CoreImpl::LeaderIsSilent() const {
  const MemberIndex leader = committee_.Leader(view_);
  if (leader == config_.self) return false;
  const auto heard = [&](const Peer& p) {
    return ToInt(now_) - ToInt(p.heard_at) < config_.skip_after_ms;
  };
  if (heard(peers_[ToInt(leader)])) return false;
  size_t others = 0;
  for (size_t i = 0; i < committee_.size(); ++i)
    others += static_cast<MemberIndex>(i) == config_.self || heard(peers_[i]);
  return others >= committee_.quorum();
}

uint64_t CoreImpl::Patience() const {
  return config_.view_timeout_ms << NullifiedRun(kDoublingsMax);
}

// The longer a view is waited for, the less often its messages are repeated.
uint64_t CoreImpl::RetryPause() const {
  return std::max(config_.retry_ms, Patience() / kRepetitionsInView);
}

bool CoreImpl::RunViewTimer() {
  if (!work_pending_ && disliked_ != view_) {
    timer_.reset();
    forward_.reset();
    return false;
  }
  if (!timer_) {
    const uint64_t timeout = Patience();
    timer_ = After(LeaderIsSilent() && !MembersDisagree() ? 0 : timeout);
    forward_ = After(timeout / 2);
  }
  if (forward_ && now_ >= *forward_) {
    forward_.reset();
    const MemberIndex leader = committee_.Leader(view_);
    if (leader != config_.self) out_.forwards.push_back({leader});
  }
  if (now_ < *timer_) return false;
  return CastVote(NullifyVote(config_.epoch, view_), /*announce=*/true);
}

bool CoreImpl::RunTimers() {
  bool changed = RunViewTimer();
  if (!changed && (work_pending_ || HasUnfinal())) {
    if (!retry_) retry_ = After(RetryPause());
    if (now_ >= *retry_) {
      retry_ = After(RetryPause());
      ++retries_;
      // A block can be large: repeat it ever more rarely.
      Standstill(std::nullopt, (retries_ & (retries_ - 1)) == 0);
      if (work_pending_) out_.forwards.push_back({std::nullopt});
      if (FirstUncertified() < view_) SendStatus(std::nullopt);
    }
  } else if (!changed) {
    retry_.reset();
  }
  SendStatusInTurn();
  return changed;
}

void CoreImpl::SendStatusInTurn() {
  if (!status_at_) {  // spread over the members, so that they do not all speak at once
    const uint64_t turn = ToInt(config_.self) % committee_.size();
    const uint64_t spread = config_.status_interval_ms * turn / committee_.size();
    status_at_ = After(config_.status_interval_ms + spread / 4);
    // Soon once more after a start: the first one may have met a peer that had just helped, in the
    // epoch before, and whoever comes from far back would wait an interval for each epoch.
    status_at_ = std::min(*status_at_, After(config_.retry_ms + spread / 64));
  }
  if (now_ >= *status_at_) {
    status_at_ = After(config_.status_interval_ms);
    SendStatus(std::nullopt);
  }
}

void CoreImpl::Standstill(std::optional<MemberIndex> to, bool with_proposal) {
  // Stored bytes only: nothing is signed here.
  const uint64_t back = std::min<uint64_t>(ToInt(view_) - 1, limits::kStandstillViews);
  View v = std::max(Next(last_final_), static_cast<View>(ToInt(view_) - back));
  if (const Certificate* c = certificates_.finalization(last_final_)) SendTo(to, *c);
  for (; v <= view_; v = Next(v)) {
    for (const Certificate* c : certificates_.OfView(v)) SendTo(to, *c);
    const Cast& cast = guard_.Of(v);
    for (const auto* own : {&cast.notarize, &cast.nullify, &cast.finalize}) {
      if (*own) SendTo(to, **own);
    }
  }
  RepeatRanges(to);
  const auto prop = props_.find(view_);
  if (with_proposal && prop != props_.end() && committee_.Leader(view_) == config_.self) {
    const persist::StoredSlot* stored = slots_.Find(prop->second.id);
    if (stored != nullptr && guard_.Of(view_).notarize) {
      Proposal again{stored->slot, stored->justification, std::nullopt, stored->proposer_signature};
      if (stored->slot.kind == SlotKind::kAppend) {
        if (const Block* block = FindBlock(stored->slot.block)) again.block = *block;
      }
      SendTo(to, std::move(again));
    }
  }
  // Stuck for long: a link may work in one direction only, so pass on what others said.
  if (retries_ < 3) return;
  for (const SignedVote& vote : tally_.VotesOf(view_)) {
    if (vote.signer != config_.self) SendTo(to, vote);
  }
}

// A range vote is cast when its last view is long past, so it is not among those of the last views.
// Repeated until there is a certificate; the widest and newest, which cover most, first, and then
// the others in their turn: a wide one in which somebody has finalized never gets a certificate.
void CoreImpl::RepeatRanges(std::optional<MemberIndex> to) {
  std::vector<const SignedVote*> open;
  for (const SignedVote* own : guard_.ranges()) {
    const Certificate* held = certificates_.nullification(own->vote.view);
    if (held == nullptr || FirstOf(held->vote) > own->vote.first) open.push_back(own);
  }
  const auto width = [](const SignedVote* v) { return ToInt(v->vote.view) - ToInt(v->vote.first); };
  std::sort(open.begin(), open.end(), [&](const SignedVote* a, const SignedVote* b) {
    return std::pair(width(a), a->vote.view) > std::pair(width(b), b->vote.view);
  });
  for (size_t i = 0; i < open.size() && i < limits::kStandstillRanges; ++i)
    SendTo(to, *open[ranges_turn_++ % open.size()]);
  if (open.empty()) ranges_turn_ = 0;
}

std::optional<SteadyMs> CoreImpl::NextWake() const {
  std::optional<SteadyMs> at = status_at_;
  if (ended_) return at;  // nothing else is done in an ended epoch, whatever is left unfinal in it
  const auto consider = [&](std::optional<SteadyMs> t) {
    if (t && (!at || *t < *at)) at = t;
  };
  // Only while giving up is allowed: a timer that leads nowhere must not wake for ever.
  if (VoteGuard::Allows(guard_.Of(view_), NullifyVote(config_.epoch, view_)) && guard_.enabled())
    consider(timer_);
  consider(forward_);
  consider(ask_at_);
  consider(retry_);
  if (HasUnfinal() && !work_pending_)
    consider(static_cast<SteadyMs>(ToInt(UnfinalSince()) + config_.finality_grace_ms));
  size_t in_flight = 0;
  for (const auto& [id, want] : wants_) {
    if (IsHopeless(want)) continue;
    if (++in_flight > limits::kFetchesInFlightMax) break;
    consider(std::max(want.ask_at, After(1)));
  }
  if (const auto fetch = NextFetch()) consider(std::max(*fetch, After(1)));
  if (proposed_ && committee_.size() == 1) consider(After(1));
  return at;
}

}  // namespace parley::consensus
