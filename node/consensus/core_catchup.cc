// Fetching what is missing, and helping members that are behind. Claims of peers start nothing but
// one fetch at a time, and what comes must be final: a lying Status moves nothing. Who does not
// answer is not waited for long, and who has failed to serve what it claims to have is asked last.

#include <algorithm>
#include <tuple>

#include "base/limits.h"
#include "node/consensus/codec.h"
#include "node/consensus/core_impl.h"

namespace parley::consensus {
namespace {

constexpr uint64_t kSlotsInsteadOfBlocks = 8;  // heights behind that are fetched slot by slot
constexpr unsigned kPatienceDoublingsMax = 3;
constexpr unsigned kPauseDoublingsMax = 8;

}  // namespace

std::vector<MemberIndex> CoreImpl::HoldersOf(const Certificate& certificate) const {
  std::vector<MemberIndex> signers, others;
  for (size_t i = 0; i < committee_.size(); ++i) {
    const auto m = static_cast<MemberIndex>(i);
    if (m == config_.self) continue;
    const bool signed_it = std::any_of(certificate.signers.begin(), certificate.signers.end(),
                                       [&](const Certificate::Signer& s) { return s.member == m; });
    (signed_it ? signers : others).push_back(m);
  }
  // Signers have it for sure; the others may, and may be all that is reachable.
  signers.insert(signers.end(), others.begin(), others.end());
  return signers;
}

void CoreImpl::WantSlot(const SlotId& id, const Certificate& certificate) {
  wanted_now_.insert(id);
  if (wants_.contains(id)) return;
  Want want;
  want.holders = HoldersOf(certificate);
  want.view = certificate.vote.view;
  // Not at once: the proposal that carries it is usually on its way.
  want.ask_at = After(config_.retry_ms / 10);
  if (!want.holders.empty()) wants_.emplace(id, std::move(want));
}

// The slot of a view that is nullified as well need not be there to go on, and everyone who voted
// for it may have dropped it: who has asked everybody twice waits for it no longer, until somebody
// comes.
bool CoreImpl::IsHopeless(const Want& want) const {
  return want.asked >= 2 * want.holders.size() && certificates_.nullification(want.view) != nullptr;
}

void CoreImpl::WantChain(const persist::StoredSlot& stored) {
  const persist::StoredSlot* at = &stored;
  SlotId id = SlotIdOf(config_.ledger_id, stored.slot);
  const Certificate* certificate = nullptr;  // of `id`
  while (at->slot.height > tip_.height) {
    const bool no_block =
        at->slot.kind == SlotKind::kAppend && slots_.FindBlock(at->slot.block) == nullptr;
    if (certificate == nullptr) certificate = certificates_.notarization(at->slot.view);
    if (certificate == nullptr) certificate = certificates_.finalization(at->slot.view);
    if (no_block && certificate != nullptr && certificate->vote.slot == id)
      WantSlot(id, *certificate);
    if (!at->justification.parent) return;
    certificate = &*at->justification.parent;
    id = at->slot.parent_slot;
    if (certificate->vote.height <= tip_.height) return;
    at = slots_.Find(id);
    if (at == nullptr) return WantSlot(id, *certificate);
  }
}

void CoreImpl::AskForSlots() {
  std::erase_if(wants_, [&](const auto& e) { return !wanted_now_.contains(e.first); });
  size_t in_flight = 0;
  for (auto& [id, want] : wants_) {
    if (IsHopeless(want)) continue;
    if (++in_flight > limits::kFetchesInFlightMax) break;
    if (now_ < want.ask_at) continue;
    SendTo(want.holders[want.asked++ % want.holders.size()], SlotRequest{id});
    want.ask_at = After(std::max<uint64_t>(config_.retry_ms / 2, 1));
  }
}

void CoreImpl::OnMessage(MemberIndex from, const SlotRequest& m) {
  const persist::StoredSlot* stored = slots_.Find(m.id);
  if (stored == nullptr) return;
  SlotAnswer answer{stored->slot, stored->justification, std::nullopt};
  if (stored->slot.kind == SlotKind::kAppend) {
    const Block* block = slots_.FindBlock(stored->slot.block);
    if (block == nullptr) return;
    answer.block = *block;
  }
  if (!PeerOf(from).serving.Take(now_)) return;
  SendTo(from, std::move(answer));
}

void CoreImpl::OnMessage(MemberIndex from, const SlotAnswer& m) {
  // Looked up by what we asked for, never by what the answer says about itself.
  const SlotId id = SlotIdOf(config_.ledger_id, m.slot);
  if (!wants_.contains(id) || !PeerOf(from).mistakes.Has(now_)) return;
  if (m.justification.skips.size() > limits::kSkipsMax ||
      m.slot.justification != JustificationHash(config_.ledger_id, m.justification))
    return BadPeer(from, "slot answer with another justification");
  const bool append = m.slot.kind == SlotKind::kAppend;
  if (append != m.block.has_value() || (append && (m.block->id != m.slot.block || !m.block->bytes)))
    return BadPeer(from, "slot answer with another block");
  const parley::Status structure = CheckStructure(committee_, checker_, m.slot, m.justification);
  if (!structure.ok()) return BlameSigners(id, m, MessageOf(structure));
  slots_.Put(id, {m.slot, m.justification, Signature()});
  if (m.block) slots_.PutBlock(*m.block);
  if (m.justification.parent) Accept(*m.justification.parent);
  for (const Certificate& skip : m.justification.skips) Accept(skip);
  dirty_ = true;
}

void CoreImpl::BlameSigners(const SlotId& id, const SlotAnswer& m, const std::string& why) {
  // Only certified slots are ever wanted: a quorum signed what no honest member signs.
  for (const VoteKind kind : {VoteKind::kNotarize, VoteKind::kFinalize}) {
    const Certificate* c = certificates_.Find(kind, m.slot.view);
    if (c == nullptr || c->vote.slot != id) continue;
    for (const Certificate::Signer& s : c->signers) {
      Evidence proof;
      proof.kind = EvidenceKind::kBadJustification;
      proof.first = {c->vote, s.member, s.signature};
      proof.slot = m.slot;
      proof.justification = m.justification;
      AddEvidence(std::move(proof));
    }
  }
  Halt(AlarmKind::kDivergence,
       fmt::format("a quorum signed an ill-justified slot in view {}: {}", m.slot.view, why));
}

void CoreImpl::AskForBlocks() {
  const bool behind = IsBehind();
  if (fetching_ && now_ >= fetch_until_) {
    if (behind) fetches_slow_ = std::min(fetches_slow_ + 1, kPatienceDoublingsMax);
    GiveUpFetch();
  }
  std::vector<MemberIndex> holders = PeersBeyond();
  if (ended_ || (!behind && holders.empty())) {
    behind_ = false;
    return;
  }
  if (behind) {
    const Certificate& c = *certificates_.finalization(last_final_);
    // A few blocks are usually on their way as slots; many are not.
    const uint64_t gap = ToInt(c.vote.height) - ToInt(tip_.height);
    if (!behind_ && gap <= kSlotsInsteadOfBlocks)
      fetch_at_ = std::max(fetch_at_, After(config_.retry_ms));
    std::erase_if(holders, [&](MemberIndex m) { return committee_.Contains(m); });
    const std::vector<MemberIndex> members = HoldersOf(c);
    holders.insert(holders.begin(), members.begin(), members.end());
  } else {  // a mere claim: whoever was found wanting is left alone for a while
    std::erase_if(holders, [&](MemberIndex m) { return now_ < PeerOf(m).fetch_after; });
  }
  behind_ = true;
  if (fetching_ || now_ < fetch_at_ || holders.empty()) return;
  // Not one that still owes an answer; the one whose pause ended first; then each in turn, so that
  // a slow one, which is not to blame for anything, holds up its own turns only.
  const auto rank = [&](MemberIndex m) {
    const Peer& p = PeerOf(m);
    const bool owes = p.fetch_open && ToInt(now_) < ToInt(p.fetch_asked_at) + 4 * FetchPatience();
    return std::tuple(owes, p.fetch_after, p.fetch_asked_at);
  };
  fetching_ = *std::min_element(holders.begin(), holders.end(),
                                [&](MemberIndex a, MemberIndex b) { return rank(a) < rank(b); });
  Peer& peer = PeerOf(*fetching_);
  peer.fetch_open = true;
  peer.fetch_asked_at = now_;
  fetch_until_ = After(FetchPatience());
  out_.fetches.push_back({*fetching_, static_cast<Height>(ToInt(tip_.height) + 1)});
}

uint64_t CoreImpl::FetchPatience() const {
  return std::max<uint64_t>(config_.fetch_patience_ms, 1) << fetches_slow_;
}

void CoreImpl::GiveUpFetch() {
  Peer& peer = PeerOf(*fetching_);
  fetching_.reset();
  peer.beyond = false;  // until it says so again
  peer.fetch_after = After((config_.retry_ms / 4) << peer.fetch_failures);
  peer.fetch_failures = std::min(peer.fetch_failures + 1, kPauseDoublingsMax);
  fetch_at_ = After(std::max<uint64_t>(config_.retry_ms / 4, 1));
}

std::optional<SteadyMs> CoreImpl::NextFetch() const {
  if (fetching_) return fetch_until_;
  if (IsBehind()) return fetch_at_;
  std::optional<SteadyMs> at;
  for (const MemberIndex m : PeersBeyond()) {
    const SteadyMs t = std::max(fetch_at_, peers_[ToInt(m)].fetch_after);
    at = std::min(t, at.value_or(t));
  }
  return at;
}

void CoreImpl::On(const event::FetchFailed& e) {
  if (!committee_.Contains(e.from) && !IsHelper(e.from)) return;
  PeerOf(e.from).fetch_open = false;
  if (fetching_ == e.from) GiveUpFetch();
}

void CoreImpl::On(const event::BlocksFetched& e) {
  if (!committee_.Contains(e.from) && !IsHelper(e.from)) return;
  if (!PeerOf(e.from).fetch_open) return;  // not asked for
  Peer& peer = PeerOf(e.from);
  peer.fetch_open = false;
  // One that was not waited for any longer is of use as well: a thin line is no lie.
  const bool awaited = fetching_ == e.from;
  const bool overtaken = e.first <= tip_.height;  // by an answer of somebody else
  const Height before = tip_.height;
  TakeBlocks(e);
  if (tip_.height == before && !overtaken) {
    if (awaited) GiveUpFetch();
    return;
  }
  if (awaited) {
    fetching_.reset();
    fetch_at_ = now_;
  }
  if (tip_.height == before) return;
  const uint64_t took = ToInt(now_) - ToInt(peer.fetch_asked_at);
  const bool slow = took > FetchPatience() / 2;
  if (!slow && fetches_slow_ > 0) --fetches_slow_;
  peer.fetch_failures = 0;
  peer.fetch_after = slow ? now_ : SteadyMs{};  // the quick ones are asked before
}

void CoreImpl::TakeBlocks(const event::BlocksFetched& e) {
  if (e.blocks.empty()) return;
  const Block& last = e.blocks.back();
  if (!e.finalization || e.finalization->vote.kind != VoteKind::kFinalize ||
      e.finalization->vote.block != last.id || e.finalization->vote.height != last.height)
    return BadPeer(e.from, "blocks without the finalization of the last one");
  const std::optional<size_t> whole = CountWhole(e.blocks);
  if (!whole) return BadPeer(e.from, "blocks that are not a chain, or too many at once");
  if (ToInt(e.blocks.front().height) > ToInt(tip_.height) + 1) return;
  if (e.blocks[*whole - 1].height <= tip_.height) return;
  const parley::Status valid = VerifyCertificate(committee_, checker_, *e.finalization);
  if (!valid.ok()) return BadPeer(e.from, MessageOf(valid));
  for (size_t i = 0; i < *whole; ++i) {
    if (e.blocks[i].height > tip_.height) slots_.PutBlock(e.blocks[i]);
  }
  Accept(*e.finalization);
  if (forked_) return;  // a quorum has contradicted itself: nothing more becomes final here
  if (*whole == e.blocks.size()) {
    CommitTo(*e.finalization);
  } else {
    CommitLinked(e.blocks[*whole - 1]);
  }
  PruneBelowTip();
}

// How many have bytes, when they are a chain, those with bytes come first and there are some.
std::optional<size_t> CoreImpl::CountWhole(const std::vector<Block>& blocks) {
  size_t bytes = 0, whole = 0;
  for (size_t i = 0; i < blocks.size(); ++i) {
    const Block& b = blocks[i];
    if (i > 0 &&
        (b.parent != blocks[i - 1].id || ToInt(b.height) != ToInt(blocks[i - 1].height) + 1))
      return std::nullopt;
    if (!b.bytes) continue;
    if (whole++ != i) return std::nullopt;
    bytes += b.bytes->size();
  }
  const bool fits = bytes <= limits::kFetchAnswerBytesMax + limits::kBlockBytesMax &&
                    blocks.size() - whole <= limits::kFetchLinksMax;
  return whole > 0 && fits ? std::optional(whole) : std::nullopt;
}

void CoreImpl::Help(MemberIndex to) {
  Peer& peer = PeerOf(to);
  if (now_ < peer.help_at) return;
  peer.help_at = After(config_.retry_ms / 2);
  SendCertificates(to, View{0});
}

void CoreImpl::SendCertificates(MemberIndex to, View from) {
  if (const Certificate* c = certificates_.finalization(last_final_); c && from <= last_final_)
    SendTo(to, *c);
  View v = std::max(from, Next(last_final_));
  for (size_t i = 0; i < limits::kStandstillViews && v < view_; ++i) {
    const Certificate* skip = certificates_.FurthestSkip(v, View{ToInt(view_) - 1});
    if (skip == nullptr) {
      for (const Certificate* c : certificates_.OfView(v)) SendTo(to, *c);
      v = Next(v);
      continue;
    }
    // Over the whole stretch in one step, with the newest in it that one could build on.
    SendTo(to, *skip);
    if (const auto voted = certificates_.NewestVotedIn(v, skip->vote.view)) {
      if (const Certificate* c = certificates_.notarization(*voted)) SendTo(to, *c);
      if (const Certificate* c = certificates_.finalization(*voted)) SendTo(to, *c);
    }
    v = Next(skip->vote.view);
  }
}

// The first view of which this member knows no way on. A notarization whose slot is not here is
// none: when everybody else knows the view to be nullified, that slot may be nowhere.
View CoreImpl::FirstUncertified() const {
  View first = certificates_.FirstGap(Next(last_final_), view_);
  for (const auto& [id, want] : wants_) {
    if (want.view > last_final_ && certificates_.nullification(want.view) == nullptr)
      first = std::min(first, want.view);
  }
  return first;
}

void CoreImpl::SendStatus(std::optional<MemberIndex> to) {
  StatusMessage m{config_.epoch, FirstUncertified(), last_final_, tip_.height, tip_.id};
  m.ask = asking_;
  SendTo(to, std::move(m));
}

void CoreImpl::OnMessage(MemberIndex from, const StatusMessage& m) {
  Peer& peer = PeerOf(from);
  peer.claimed_height = m.tip_height;
  if (IsOtherEpoch(from, m.epoch)) return;
  peer.status = m;
  if (asking_) dirty_ = true;
  if (m.answer) OnAnswer(from, m);
  if (!peer.serving.Take(now_)) return;
  if (m.ask) AnswerAsking(from);
  if (m.last_final < last_final_) {
    SendCertificates(from, View{0});
  } else if (m.view < view_) {
    SendCertificates(from, m.view);
  }
  const bool ahead = m.last_final > last_final_ || m.view > view_;
  if (!ahead || now_ < peer.help_at) return;
  peer.help_at = After(config_.retry_ms / 2);
  SendStatus(from);  // it answers with what we lack
}

}  // namespace parley::consensus
