#include "node/consensus/core_impl.h"

#include <algorithm>

#include "base/check.h"
#include "node/consensus/codec.h"

namespace parley::consensus {

StatusOr<std::unique_ptr<Core>> Core::Create(const CoreConfig& config, Application& application,
                                             Signer& signer, Verifier& verifier,
                                             Restored restored) {
  ASSIGN_OR_RETURN(Committee committee,
                   Committee::Create(config.ledger_id, config.epoch, config.members,
                                     config.first_block.id, config.first_block.height),
                   "consensus");
  if (config.self != kObserver && !committee.Contains(config.self))
    return InvalidArgument(
        fmt::format("consensus: no member {} among {}", config.self, config.members.size()));
  auto core =
      std::make_unique<CoreImpl>(config, std::move(committee), application, signer, verifier);
  RETURN_IF_ERROR(core->Restore(std::move(restored)), "consensus: restart");
  return std::unique_ptr<Core>(std::move(core));
}

CoreImpl::CoreImpl(const CoreConfig& config, Committee committee, Application& application,
                   Signer& signer, Verifier& verifier)
    : config_(config),
      committee_(std::move(committee)),
      application_(application),
      verifier_(verifier),
      signatures_(committee_, verifier),
      guard_(config.ledger_id, config.epoch, config.self, signer),
      tally_(config.members.size()),
      checker_(tally_, signatures_),
      tip_(config.first_block),
      peers_(config.members.size() + config.helpers) {
  if (!config.voting_enabled || config.self == kObserver) guard_.Disable();
  asking_ = config.ask_before_voting && !guard_.disabled();
  if (asking_) guard_.Pause();
}

Effects CoreImpl::Step(const Event& event, SteadyMs now) {
  out_ = Effects();
  now_ = std::max(now_, now);
  proposed_ = false;
  work_.clear();
  wanted_now_.clear();
  const bool first = !started_at_;
  if (first) {
    started_at_ = now_;
    for (Peer& peer : peers_) peer.heard_at = now_;
    for (const View v : certificates_.NotarizedAfter(last_final_)) notarized_at_[v] = now_;
  }
  std::visit([this](const auto& e) { On(e); }, event);
  Reevaluate();
  if (first) {  // after a restart others may lack what we stored and never sent
    Standstill(std::nullopt, /*with_proposal=*/true);
    SendStatus(std::nullopt);
  }
  AskForSlots();
  AskForBlocks();
  out_.wake_at = NextWake();
  return std::move(out_);
}

void CoreImpl::Reevaluate() {
  // Each round needs a new certificate, block or own vote, so the bound is never reached by honest
  // work; what is left over runs on the next event.
  for (int round = 0; round < 64; ++round) {
    dirty_ = false;
    if (ended_) return SendStatusInTurn();
    RunAsking();
    TryJoin();
    TryNullifyRanges();
    TryNotarize();
    TryFinalize();
    Commit();
    TryPropose();
    if (!dirty_) work_pending_ = WorkPending();
    if (!dirty_ && !RunTimers()) return;
  }
}

void CoreImpl::On(const event::Received& e) {
  if (!committee_.Contains(e.from) || e.from == config_.self) return;
  PeerOf(e.from).heard_at = now_;
  std::visit([&](const auto& m) { OnMessage(e.from, m); }, e.message);
}

void CoreImpl::On(const event::Connected& e) {
  if (!committee_.Contains(e.peer) || e.peer == config_.self) return;
  for (auto& [id, want] : wants_) want.asked = 0;
  SendStatus(e.peer);
  if (!ended_) Standstill(e.peer, /*with_proposal=*/true);
}

void CoreImpl::SendTo(std::optional<MemberIndex> to, Message message) {
  if (!to && committee_.size() == 1 && config_.self != kObserver) return;
  out_.sends.push_back({to, std::move(message)});
}

void CoreImpl::BadPeer(MemberIndex from, const std::string& what) {
  Peer& peer = PeerOf(from);
  static_cast<void>(peer.mistakes.Take(now_));
  if (now_ < peer.alarm_at) return;  // a flood must not become a flood of alarms
  peer.alarm_at = After(1'000);
  out_.alarms.push_back({AlarmKind::kBadPeer, what, from});
}

CoreStatus CoreImpl::Status() const {
  CoreStatus s;
  s.epoch = config_.epoch;
  s.view = view_;
  s.last_final = last_final_;
  s.tip_height = tip_.height;
  s.tip = tip_.id;
  s.leader = committee_.Leader(view_);
  s.voting = !guard_.disabled();
  const std::vector<MemberIndex> beyond = PeersBeyond();
  const auto members_beyond = static_cast<size_t>(std::count_if(
      beyond.begin(), beyond.end(), [&](MemberIndex m) { return committee_.Contains(m); }));
  s.behind = IsBehind() || members_beyond > committee_.faulty_max();  // f may lie
  s.certified_height = tip_.height;
  if (IsBehind()) s.certified_height = certificates_.finalization(last_final_)->vote.height;
  s.fetching_from = fetching_;
  s.asking = asking_;
  s.ended = ended_;
  s.work_pending = work_pending_;
  for (size_t i = 0; i < committee_.size(); ++i) {
    s.seen_at.push_back(peers_[i].voted_at);
    s.peer_heights.push_back(peers_[i].claimed_height);
  }
  s.evidence_count = evidence_.all().size();
  s.held_votes = tally_.size();
  s.held_certificates = certificates_.size();
  s.held_slots = slots_.slot_count();
  s.held_blocks = slots_.block_count();
  s.ignored_messages = ignored_;
  if (asking_) {
    size_t heard = 0;
    for (const Peer& peer : peers_) heard += peer.answered;
    s.waiting_for = fmt::format("word from others before it votes: {} of {} have answered", heard,
                                committee_.quorum() - 1);
  } else if (IsBehind()) {
    s.waiting_for = fmt::format("blocks from height {} on", ToInt(tip_.height) + 1);
  } else if (!wants_.empty()) {
    s.waiting_for = fmt::format("{} certified slots", wants_.size());
  } else if (work_pending_ && s.leader != config_.self) {
    s.waiting_for = fmt::format("a proposal or votes in view {}", view_);
  } else if (work_pending_ || HasUnfinal()) {
    s.waiting_for = fmt::format("votes in view {}", view_);
  }
  return s;
}

}  // namespace parley::consensus
