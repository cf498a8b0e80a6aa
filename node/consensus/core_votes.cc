// Votes: counting those of others, casting our own, and noticing contradictions.

#include <algorithm>

#include "base/limits.h"
#include "node/consensus/codec.h"
#include "node/consensus/core_impl.h"

namespace parley::consensus {
namespace {

constexpr size_t kJudgedMax = 1'024;  // blocks of accusations whose judgement is remembered

}  // namespace

void CoreImpl::OnMessage(MemberIndex from, const SignedVote& m) {
  const Vote& vote = m.vote;
  if (IsOtherEpoch(from, vote.epoch)) return;
  if (ended_) return Help(from);
  if (!IsWellFormed(vote) || !committee_.Contains(m.signer)) return BadPeer(from, "malformed vote");
  if (vote.view <= last_final_) return Help(from);
  if (m.signer == config_.self) {
    if (!guard_.Knows(vote) && signatures_.IsGenuine(m)) NoteForeignUse(vote);
    return;
  }
  const bool of_past = vote.kind == VoteKind::kFinalize || vote.kind == VoteKind::kNullifyRange;
  if (vote.view < view_ && !of_past) Help(from);
  if (ToInt(vote.view) > ToInt(view_) + limits::kViewsAhead) return;
  // Both cases say that the signer is still in this view: it may lack our votes.
  const bool repeated = tally_.Find(vote, m.signer) != nullptr;
  if (!TakeVote(from, m)) return;
  if (vote.kind == VoteKind::kNullifyRange) return AnswerRange(from, vote);
  if (repeated || vote.kind == VoteKind::kNullify) AnswerWithOwnVotes(from, vote.view);
}

bool CoreImpl::TakeVote(MemberIndex from, const SignedVote& vote) {
  const SignedVote* held = tally_.Find(vote.vote, vote.signer);
  // A repeated vote is not verified: it is never stored, so its signature does not matter.
  if (held != nullptr && held->vote == vote.vote) return true;
  if (held != nullptr) {
    const auto proof = MakeEvidence(*held, vote);
    if (!proof || evidence_.Contains(*proof)) return false;  // one proof is enough
  }
  if (!PeerOf(from).mistakes.Has(now_)) return false;
  if (!signatures_.IsGenuine(vote)) {
    BadPeer(from, "a vote with a bad signature");
    return false;
  }
  Count(vote);
  return true;
}

void CoreImpl::Cross(const SignedVote& vote) {
  if (vote.signer == config_.self && !guard_.Knows(vote.vote)) NoteForeignUse(vote.vote);
  for (const SignedVote* held : tally_.Beside(vote)) {
    if (auto proof = MakeEvidence(*held, vote)) AddEvidence(std::move(*proof));
  }
  tally_.Add(vote);
}

void CoreImpl::Count(const SignedVote& vote) {
  Cross(vote);
  const Vote& v = vote.vote;
  if (bad_blocks_.contains(v.block)) BlameForBlock(vote);
  Peer& signer = PeerOf(vote.signer);
  signer.voted_at = now_;
  if (v.kind == VoteKind::kFinalize)
    signer.claimed_height = std::max(signer.claimed_height, v.height);
  const size_t count = tally_.Count(v);
  if (count >= committee_.quorum() && certificates_.Find(v) == nullptr)
    Accept(tally_.MakeCertificate(v));
}

// f + 1 members gave up on this view, so an honest one did: join, or members without work of their
// own would block those with it. A nullify vote is always safe. Looked at whenever something
// changed, because the votes may have come before this member entered the view.
void CoreImpl::TryJoin() {
  const Vote nullify = NullifyVote(config_.epoch, view_);
  if (tally_.Count(nullify) > committee_.faulty_max()) CastVote(nullify, /*announce=*/true);
}

// Gives up finished stretches of nullified views once more, as ranges (ranges.h).
void CoreImpl::TryNullifyRanges() {
  if (guard_.disabled()) finished_.clear();
  if (!guard_.enabled()) return;  // while it asks; the stretches stay on the list
  for (const ViewRange& range : std::exchange(finished_, {})) {
    if (range.last >= view_ || !certificates_.IsGivenUp(range)) continue;
    CastVote(NullifyRangeVote(config_.epoch, range), /*announce=*/true);
  }
}

void CoreImpl::NoteNullified(const Certificate& nullification) {
  for (const ViewRange& range : RangesOver(nullification.vote.view)) {
    if (range.first > last_final_) finished_.insert(range);
  }
}

bool CoreImpl::CastVote(const Vote& vote, bool announce) {
  const std::optional<SignedVote> own = guard_.Sign(vote, view_, last_final_);
  if (!own) return false;
  out_.persist.push_back(persist::MyVote{*own});
  if (announce) SendTo(std::nullopt, *own);
  dirty_ = true;
  Count(*own);
  return true;
}

// Whoever repeats its vote on a range lacks the certificate, and all who have it may have fallen
// silent about it.
void CoreImpl::AnswerRange(MemberIndex to, const Vote& vote) {
  const Certificate* held = certificates_.Find(vote);
  if (held != nullptr && PeerOf(to).serving.Take(now_)) SendTo(to, *held);
}

void CoreImpl::AnswerWithOwnVotes(MemberIndex to, View view) {
  Peer& peer = PeerOf(to);
  if (view != view_ || now_ < peer.answer_at) return;
  const Cast& cast = guard_.Of(view);
  if (!cast.any()) return;
  peer.answer_at = After(config_.retry_ms);
  for (const auto* own : {&cast.notarize, &cast.nullify, &cast.finalize}) {
    if (*own) SendTo(to, **own);
  }
}

void CoreImpl::NoteForeignUse(const Vote& vote) {
  // Our key signed what we do not remember: the vote log was lost or the key is used elsewhere.
  // Forgetting looks like malice to others, so this key must not sign again.
  if (!config_.watch_own_key || guard_.disabled() || vote.view <= last_final_) return;
  Halt(AlarmKind::kDivergence,
       fmt::format("this member's key signed a vote in view {} that this node does not remember: "
                   "its vote log was lost or the key is in use elsewhere",
                   vote.view));
}

void CoreImpl::AddEvidence(Evidence evidence) {
  if (!evidence_.Add(config_.ledger_id, evidence)) return;
  out_.persist.push_back(persist::StoredEvidence{evidence});
  SendTo(std::nullopt, EvidenceMessage{std::move(evidence)});
}

void CoreImpl::OnMessage(MemberIndex from, const EvidenceMessage& m) {
  if (IsOtherEpoch(from, m.evidence.first.vote.epoch)) return;
  if (evidence_.Contains(m.evidence) ||
      evidence_.IsFull(m.evidence.first.signer, m.evidence.kind) ||
      !PeerOf(from).mistakes.Has(now_))
    return;
  const size_t block_bytes = m.evidence.block == nullptr ? 0 : m.evidence.block->size();
  if (block_bytes > limits::kProofBytesMax)
    return BadPeer(from, "evidence that is larger than an entry holds");
  // Checking one of the large kinds costs as much as its maker likes.
  if (IsLarge(m.evidence.kind) && !PeerOf(from).judging.Take(now_)) return;
  const parley::Status valid = VerifyEvidence(committee_, verifier_, m.evidence);
  if (!valid.ok()) return BadPeer(from, MessageOf(valid));
  if (m.evidence.kind == EvidenceKind::kBadBlock && !IsBadBlock(from, m.evidence)) return;
  // Passed on once: whoever sent it may have told nobody else.
  AddEvidence(m.evidence);
}

// A block that was executed here is judged already. Any other is executed once, whoever accuses
// whomever with it, within what the accuser may cost; a good one is the accuser's mistake.
bool CoreImpl::IsBadBlock(MemberIndex from, const Evidence& evidence) {
  const BlockId& id = evidence.first.vote.block;
  const auto known = content_.find(id);
  bool good = known != content_.end() && known->second.second;
  for (const auto& [height, final_id] : recent_) good = good || final_id == id;
  if (!good && !bad_blocks_.contains(id)) {
    const auto judged = judged_.find(id);
    if (judged != judged_.end()) {
      good = !judged->second;
    } else {
      const StatusOr<Block> block = application_.Parse(*evidence.block);
      if (!block.ok() || block->id != id) {
        BadPeer(from, "evidence with another block than was voted for");
        return false;
      }
      const std::optional<bool> bad = application_.BreaksRules(*block);
      if (!bad.has_value()) return false;  // its parent is not here
      good = !*bad;
      if (judged_.size() >= kJudgedMax) judged_.clear();
      judged_[id] = !good;
    }
  }
  if (good) BadPeer(from, "an accusation with a block that breaks no rule");
  return !good;
}

// A vote, its own proposal included, for a block that the application refuses.
void CoreImpl::BlameForBlock(const SignedVote& vote) {
  const Block* block = slots_.FindBlock(vote.vote.block);
  if (block == nullptr || vote.signer == config_.self) return;
  Evidence proof;
  proof.kind = EvidenceKind::kBadBlock;
  proof.first = vote;
  proof.block = block->bytes;
  if (block->bytes->size() > limits::kProofBytesMax)
    return BadPeer(vote.signer,
                   "a vote for a block that breaks the rules; as a proof it is larger "
                   "than an entry holds");
  AddEvidence(std::move(proof));
}

}  // namespace parley::consensus
