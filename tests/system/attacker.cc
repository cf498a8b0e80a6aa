// What an attacker changes in what its replica says and hears.

#include "tests/system/attacker.h"

#include <algorithm>
#include <utility>

#include "tests/replica/block_parser.h"

namespace parley::byzantine {

using namespace consensus;  // NOLINT: test support
using whole::Trick;

namespace {

constexpr size_t kRemembered = 50;
constexpr whole::Tricks kUntried = whole::Bit(Trick::kEquivocate) | whole::Bit(Trick::kSelective) |
                                   whole::Bit(Trick::kLateVotes) | whole::Bit(Trick::kNoBlocks);

}  // namespace

StatusOr<whole::Tricks> ParseTricks(const std::vector<std::string>& names) {
  whole::Tricks out = 0;
  for (const std::string& name : names) {
    const std::optional<Trick> trick = whole::TrickOf(name);
    if (!trick.has_value() || (whole::Bit(*trick) & kUntried) != 0)
      return InvalidArgument(fmt::format("--tricks: '{}' is not known here", name));
    out |= whole::Bit(*trick);
  }
  return out;
}

Attacker::Attacker(const rules::Charter& founding, const std::string& member, AttackPlan plan,
                   AttackKeys keys)
    : founding_(founding),
      member_(member),
      plan_(std::move(plan)),
      keys_(std::move(keys)),
      self_(static_cast<MemberIndex>(founding.IndexOf(member).value())),
      junk_(founding, member, plan_.victim),
      random_(plan_.seed) {
  for (const rules::CharterMember& m : founding.members()) {
    if (m.name != member) others_.push_back(m.name);
  }
  for (const auto& [officer, key] : keys_.officers)
    chains_.emplace_back(founding, member, officer, key);
  if (!keys_.officers.empty())
    junk_.SetSigner(keys_.officers.begin()->first, keys_.officers.begin()->second);
}

uint64_t Attacker::Draw(uint64_t below) {
  const MutexLock lock(&mu_);
  return random_() % below;
}

const SecretKey& Attacker::NodeKey() const {
  const replica::Replica* const replica = replica_.load();
  const auto latest = replica == nullptr ? nullptr : replica->Latest();
  const rules::Charter& now = latest == nullptr ? founding_ : *latest->charter;
  const auto named = std::find_if(keys_.node.begin(), keys_.node.end(), [&](const SecretKey& key) {
    return key.public_key() == now.members()[ToInt(self_)].node_key;
  });
  return named == keys_.node.end() ? keys_.node.front() : *named;
}

SignedVote Attacker::Sign(const Vote& vote) const {
  return {vote, self_, NodeKey().Sign(VoteBytes(founding_.ledger_id(), vote))};
}

Attacker::Bytes Attacker::Encode(const Message& message) const {
  return std::make_shared<const std::string>(EncodeMessage(founding_.ledger_id(), message));
}

void Attacker::SayToAll(const Message& message) {
  const Bytes bytes = Encode(message);
  for (const std::string& to : others_) wire_->SendConsensus(to, bytes);
}

void Attacker::SendToAll(std::vector<std::string> envelopes) {
  if (envelopes.empty()) return;
  const auto shared = std::make_shared<const std::vector<std::string>>(std::move(envelopes));
  for (const std::string& to : others_) wire_->SendRecords(to, shared);
}

bool Attacker::IsVictims(const std::string& envelope) const {
  const auto record = record::ParsedRecord::Parse(envelope);
  return record.ok() && record->record().member() == plan_.victim;
}

bool Attacker::HasVictim(const Block& block) const {
  const auto raw = rules::RawBlock::Decode(founding_.ledger_id(), *block.bytes);
  return raw.ok() && std::any_of(raw->envelopes.begin(), raw->envelopes.end(),
                                 [&](const std::string& e) { return IsVictims(e); });
}

// ---- what it says ------------------------------------------------------------------------------

void Attacker::Send(const std::string& to, const Bytes& message) {
  const auto parsed = testing::BlockParser(founding_.ledger_id()).Read(*message);
  if (parsed.has_value()) {
    if (const auto* p = std::get_if<Proposal>(&*parsed)) return SendProposal(to, message, *p);
    const auto* vote = std::get_if<SignedVote>(&*parsed);
    if (vote != nullptr && !IsNullification(vote->vote.kind)) {
      bool censored = false;
      {
        const MutexLock lock(&mu_);
        censored = censored_.contains(vote->vote.view);
      }
      if (censored)
        return wire_->SendConsensus(to,
                                    Encode(Sign(NullifyVote(vote->vote.epoch, vote->vote.view))));
    }
  }
  wire_->SendConsensus(to, message);
}

void Attacker::SendProposal(const std::string& to, const Bytes& message, const Proposal& p) {
  if (Has(Trick::kSilent)) return;
  if (Has(Trick::kCensor) && p.block.has_value() && HasVictim(*p.block)) return;
  if (!Has(Trick::kLate)) return wire_->SendConsensus(to, message);
  // Just before others lose their patience, or after it.
  const uint64_t wait = plan_.view_timeout_ms / 2 + Draw(plan_.view_timeout_ms * 3 / 2);
  scheduler_.After(std::chrono::milliseconds(wait),
                   [this, to, message] { wire_->SendConsensus(to, message); });
}

// ---- what it hears -----------------------------------------------------------------------------

bool Attacker::Hear(const std::string& message) {
  const auto parsed = testing::BlockParser(founding_.ledger_id()).Read(message);
  if (!parsed.has_value()) return true;
  if (std::holds_alternative<EvidenceMessage>(*parsed)) return false;  // it knows
  if (const auto* p = std::get_if<Proposal>(&*parsed)) return HearProposal(*p);
  if (const auto* vote = std::get_if<SignedVote>(&*parsed)) {
    const MutexLock lock(&mu_);
    votes_.push_back(*vote);
    if (votes_.size() > kRemembered) votes_.pop_front();
  }
  return true;
}

bool Attacker::HearProposal(const Proposal& p) {
  const bool censors = Has(Trick::kCensor) && p.block.has_value() && HasVictim(*p.block);
  {
    const MutexLock lock(&mu_);
    view_ = p.slot.view;
    epoch_ = p.slot.epoch;
    if (p.block.has_value()) {
      if (blocks_.size() >= kRemembered) blocks_.clear();
      blocks_[p.block->id] = p.block->bytes;
    }
    if (censors) {
      if (censored_.size() >= kRemembered) censored_.clear();
      censored_.insert(p.slot.view);
    }
  }
  if (censors) SayToAll(Sign(NullifyVote(p.slot.epoch, p.slot.view)));
  return !censors;
}

std::vector<std::string> Attacker::Heard(std::vector<std::string> envelopes) const {
  if (Has(Trick::kCensor))
    std::erase_if(envelopes, [&](const std::string& e) { return IsVictims(e); });
  return envelopes;
}

std::optional<SignedVote> Attacker::AnyVote() {
  const MutexLock lock(&mu_);
  if (votes_.empty()) return std::nullopt;
  return votes_[random_() % votes_.size()];
}

}  // namespace parley::byzantine
