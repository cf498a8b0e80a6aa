// How the adversary changes what its replica says and hears.

#include "tests/whole/adversary.h"

#include <type_traits>

#include "ledger/record/record.h"
#include "ledger/rules/executor.h"

namespace parley::whole {

using namespace consensus;  // NOLINT: test support

namespace {

constexpr size_t kRemembered = 50;

}  // namespace

Adversary::Adversary(World& world, size_t number, Tricks tricks, size_t victim, uint64_t seed)
    : Machine(world, number),
      tricks_(tricks),
      victim_(testing::Accord::NameOf(victim)),
      rng_(seed),
      parser_(world.accord().charter().ledger_id()) {}

std::vector<std::string> Adversary::Others() {
  std::vector<std::string> out;
  for (size_t i = 0; i < world().size(); ++i) {
    if (i != number()) out.push_back(testing::Accord::NameOf(i));
  }
  return out;
}

SignedVote Adversary::Sign(const Vote& vote) {
  const SecretKey key = testing::FixedKey(name() + " node");
  const size_t index = replica().Latest()->charter->IndexOf(name()).value_or(0);
  return {vote, static_cast<MemberIndex>(index), key.Sign(VoteBytes(ledger(), vote))};
}

void Adversary::Say(const std::string& to, const Message& message) {
  Machine::SendConsensus(to, std::make_shared<const std::string>(EncodeMessage(ledger(), message)));
}

void Adversary::SayToAll(const Message& message) {
  const auto bytes = std::make_shared<const std::string>(EncodeMessage(ledger(), message));
  for (const std::string& to : Others()) Machine::SendConsensus(to, bytes);
}

bool Adversary::HasVictim(const Block& block) {
  const auto raw = rules::RawBlock::Decode(ledger(), *block.bytes);
  if (!raw.ok()) return false;
  return std::any_of(raw->envelopes.begin(), raw->envelopes.end(), [&](const std::string& e) {
    const auto record = record::ParsedRecord::Parse(e);
    return record.ok() && record->record().member() == victim_;
  });
}

// ---- what it says ------------------------------------------------------------------------------

void Adversary::SendConsensus(const std::string& to, std::shared_ptr<const std::string> message) {
  const std::optional<Message> parsed = tricks_ == 0 ? std::nullopt : parser_.Read(*message);
  if (!parsed.has_value()) return Machine::SendConsensus(to, std::move(message));
  for (const Message& m : std::visit([&](const auto& one) { return Instead(to, one); }, *parsed))
    Say(to, m);
}

Adversary::Messages Adversary::Instead(const std::string& to, const Proposal& m) {
  if (Has(Trick::kSilent)) return {};
  if (Has(Trick::kLate)) {
    const uint64_t wait = rng_.Range(kViewTimeout_ms / 2, 2 * kViewTimeout_ms);
    world().queue().At(world().now_ms() + wait, [this, to, m] { Say(to, m); });
    return {};
  }
  if (!Has(Trick::kEquivocate) || m.slot.kind != SlotKind::kAppend) return {m};
  Proposal other = m;  // once more the parent's block
  other.slot.kind = SlotKind::kCarry;
  other.slot.height = static_cast<Height>(ToInt(m.slot.height) - 1);
  other.slot.block = m.block->parent;
  other.block.reset();
  other.signature = Sign(VoteFor(ledger(), VoteKind::kNotarize, other.slot)).signature;
  if (OneIn(4)) {
    contradicted_ = !Has(Trick::kEpochs);
    return {m, other};
  }
  return {NumberOf(to) % 2 == 0 ? Message(m) : Message(other)};
}

Adversary::Messages Adversary::Instead(const std::string& to, const SignedVote& m) {
  const Vote& vote = m.vote;
  const bool nullifies = IsNullification(vote.kind);
  if (Has(Trick::kSelective) && (NumberOf(to) + ToInt(vote.view)) % 2 == 0) return {};
  if (Has(Trick::kLateVotes) && vote.kind == VoteKind::kNotarize) {
    world().queue().At(world().now_ms() + 3 * kViewTimeout_ms, [this, to, m] { Say(to, m); });
    return {};
  }
  if (Has(Trick::kCensor) && censored_.contains(vote.view) && !nullifies)
    return {Sign(NullifyVote(vote.epoch, vote.view))};
  if (!Has(Trick::kEquivocate) || nullifies || !OneIn(4)) return {m};
  contradicted_ = !Has(Trick::kEpochs);
  if (vote.kind == VoteKind::kFinalize && OneIn(2))
    return {m, Sign(NullifyVote(vote.epoch, vote.view))};
  Vote rival = vote;
  rival.slot = Sha256<SlotId>(AsBytes("a rival"));
  return {m, Sign(rival)};
}

Adversary::Messages Adversary::Instead(const std::string& to, const Certificate& m) {
  if (Has(Trick::kSelective) && NumberOf(to) % 2 == 0) return {};
  return {m};
}

// ---- what it hears -----------------------------------------------------------------------------

void Adversary::ReceiveConsensus(const std::string& from,
                                 const std::shared_ptr<const std::string>& message) {
  const std::optional<Message> parsed = tricks_ == 0 ? std::nullopt : parser_.Read(*message);
  if (parsed.has_value() && !Hear(*parsed)) return;
  Machine::ReceiveConsensus(from, message);
}

bool Adversary::Hear(const Message& m) {
  if (const auto* vote = std::get_if<SignedVote>(&m)) {
    votes_.push_back(*vote);
    if (votes_.size() > kRemembered) votes_.pop_front();
  }
  if (std::holds_alternative<EvidenceMessage>(m)) return false;  // it knows
  const auto* p = std::get_if<Proposal>(&m);
  if (p == nullptr) return true;
  view_ = p->slot.view;
  epoch_ = p->slot.epoch;
  if (!p->block.has_value()) return true;
  if (blocks_.size() >= kRemembered) blocks_.clear();
  blocks_[p->block->id] = *p->block;
  if (!Has(Trick::kCensor) || !HasVictim(*p->block)) return true;
  censored_.insert(p->slot.view);
  SayToAll(Sign(NullifyVote(p->slot.epoch, p->slot.view)));
  return false;
}

void Adversary::ReceiveRecords(const std::string& from,
                               const std::shared_ptr<const std::vector<std::string>>& envelopes) {
  if (!Has(Trick::kCensor)) return Machine::ReceiveRecords(from, envelopes);
  std::vector<std::string> kept = *envelopes;
  std::erase_if(kept, [&](const std::string& e) {
    const auto record = record::ParsedRecord::Parse(e);
    return record.ok() && record->record().member() == victim_;
  });
  if (!kept.empty())
    Machine::ReceiveRecords(from,
                            std::make_shared<const std::vector<std::string>>(std::move(kept)));
}

void Adversary::ServeBlocks(size_t asker, uint64_t first_height, uint64_t ticket) {
  if (!Has(Trick::kNoBlocks)) return Machine::ServeBlocks(asker, first_height, ticket);
  if (OneIn(2)) return;
  const std::string to = testing::Accord::NameOf(asker);
  Send(to, 10'000, [me = name(), first_height, ticket, noise = Noise(10'000)](Machine& m) {
    m.FetchEnds(ticket, [&](replica::Replica& r) {
      return r.OnBlocksFetched(me, first_height, {noise}, noise);
    });
  });
}

}  // namespace parley::whole
