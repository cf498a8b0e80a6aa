#include "tests/system/liar.h"

#include <type_traits>
#include <utility>
#include <variant>

#include "tests/replica/block_parser.h"

namespace parley::byzantine {
namespace {

using consensus::SignedVote;
using consensus::Vote;
using consensus::VoteKind;

constexpr consensus::View Far(consensus::View v) {
  return static_cast<consensus::View>(ToInt(v) + 1'000);
}

}  // namespace

Liar::Liar(const rules::Charter& charter, std::string_view member, SecretKey node_key,
           uint64_t seed)
    : ledger_(charter.ledger_id()),
      self_(static_cast<consensus::MemberIndex>(charter.IndexOf(member).value())),
      key_(std::move(node_key)),
      seed_(seed),
      random_(seed) {}

uint64_t Liar::Draw(uint64_t below) {
  const MutexLock lock(&mu_);
  return random_() % below;
}
bool Liar::OneIn(uint64_t n) { return Draw(n) == 0; }

std::string Liar::Garbage(size_t bytes_max) {
  std::string out(1 + Draw(bytes_max), '\0');
  for (char& c : out) c = static_cast<char>(Draw(256));
  return out;
}

Liar::Bytes Liar::Encode(const consensus::Message& message) const {
  return std::make_shared<const std::string>(consensus::EncodeMessage(ledger_, message));
}

std::optional<consensus::Message> Liar::Parse(const std::string& message) {
  return testing::BlockParser(ledger_).Read(message);
}

SignedVote Liar::Sign(const Vote& vote) const {
  return {vote, self_, key_.Sign(consensus::VoteBytes(ledger_, vote))};
}

// A vote of the same kind and view for something that does not exist.
Vote Liar::Rival(const Vote& vote) {
  Vote out = vote;
  std::string id = out.slot.ToString();
  id[Draw(id.size())] ^= 1;
  out.slot = consensus::SlotId::FromBytes(id).value();
  return out;
}

std::vector<Liar::Bytes> Liar::InsteadOf(const std::string& to, const Bytes& message) {
  std::vector<Bytes> out;
  const std::optional<consensus::Message> parsed = Parse(*message);
  if (!parsed.has_value()) return {message};
  if (hinders_.has_value()) {
    for (const auto& m : Hinder(*parsed)) out.push_back(Encode(m));
    return out;
  }
  if (OneIn(64)) out.push_back(std::make_shared<const std::string>(Garbage(4'096)));
  for (const auto& m : std::visit([&](const auto& one) { return Lie(to, one); }, *parsed))
    out.push_back(Encode(m));
  return out;
}

// Everything is true but where it is, and nobody who asks gets a slot.
Liar::Messages Liar::Hinder(const consensus::Message& m) {
  if (std::holds_alternative<consensus::SlotAnswer>(m)) return {};
  const auto* status = std::get_if<consensus::StatusMessage>(&m);
  if (status == nullptr) return {m};
  consensus::StatusMessage lie = *status;
  if (OneIn(2)) {
    lie.epoch = static_cast<consensus::Epoch>(ToInt(lie.epoch) + 5);
  } else {
    lie.view = Far(lie.view);
    lie.last_final = Far(lie.last_final);
    lie.tip_height = static_cast<consensus::Height>(ToInt(lie.tip_height) + 1'000'000);
  }
  return {lie};
}

// Half of the peers are offered another slot: once more the parent's block.
Liar::Messages Liar::Lie(const std::string& to, const consensus::Proposal& m) {
  if (m.slot.kind != consensus::SlotKind::kAppend || OneIn(4)) return {m};
  consensus::Proposal other = m;
  other.slot.kind = consensus::SlotKind::kCarry;
  other.slot.height = static_cast<consensus::Height>(ToInt(m.slot.height) - 1);
  other.slot.block = m.block->parent;
  other.block.reset();
  other.signature = Sign(consensus::VoteFor(ledger_, VoteKind::kNotarize, other.slot)).signature;
  if (OneIn(8)) return {m, other};
  const bool first_half = (std::hash<std::string>()(to) ^ seed_ ^ ToInt(m.slot.view)) % 2 == 0;
  return {first_half ? consensus::Message(m) : consensus::Message(other)};
}

Liar::Messages Liar::Lie(const std::string& /*to*/, const SignedVote& m) {
  switch (Draw(8)) {
    case 0:
      return {};
    case 1:
      if (m.vote.kind == VoteKind::kNullify) return {m};
      return {m, Sign(Rival(m.vote))};
    case 2:
      if (m.vote.kind == VoteKind::kNullify) return {m};
      return {Sign(Rival(m.vote))};
    case 3:
      if (m.vote.kind != VoteKind::kFinalize) return {m};
      return {m, Sign(consensus::NullifyVote(m.vote.epoch, m.vote.view))};
    default:
      return {m};
  }
}

Liar::Messages Liar::Lie(const std::string& /*to*/, const consensus::Certificate& m) {
  if (OneIn(2)) return {};
  if (!OneIn(3)) return {m};
  consensus::Certificate forged = m;
  forged.vote.view = Far(m.vote.view);
  return {forged};
}

Liar::Messages Liar::Lie(const std::string& /*to*/, const consensus::StatusMessage& m) {
  consensus::StatusMessage lie = m;
  switch (Draw(5)) {
    case 0:
      lie.view = Far(m.view);
      lie.last_final = Far(m.last_final);
      lie.tip_height = static_cast<consensus::Height>(ToInt(m.tip_height) + 1'000'000);
      return {lie};
    case 1:
      lie.epoch = static_cast<consensus::Epoch>(ToInt(m.epoch) + 5);
      return {lie};
    case 2:  // always in need of help
      lie.view = consensus::View{1};
      lie.last_final = consensus::View{0};
      lie.ask = true;
      return {lie};
    case 3:
      return {};
    default:
      return {m};
  }
}

std::vector<Liar::Bytes> Liar::OnVote(const SignedVote& theirs) {
  if (hinders_.has_value() || !OneIn(4)) return {};
  Vote vote = theirs.vote;
  std::vector<Bytes> out;
  if (vote.kind != VoteKind::kNullify) {
    vote.kind = VoteKind::kFinalize;
    out.push_back(Encode(Sign(vote)));
    if (OneIn(2)) out.push_back(Encode(Sign(Rival(vote))));
  }
  out.push_back(Encode(Sign(consensus::NullifyVote(vote.epoch, vote.view))));
  return out;
}

std::vector<std::string> Liar::RecordsInsteadOf(const std::vector<std::string>& envelopes) {
  if (hinders_.has_value()) return envelopes;
  switch (Draw(4)) {
    case 0:
      return {};
    case 1: {
      std::vector<std::string> out = envelopes;
      for (std::string& e : out) {
        if (!e.empty()) e[Draw(e.size())] ^= 4;
      }
      out.push_back(Garbage(2'000));
      return out;
    }
    default:
      return envelopes;
  }
}

std::string Liar::CheckpointInsteadOf(const std::string& note) {
  if (hinders_.has_value()) return note;
  switch (Draw(4)) {
    case 0:
      return "";
    case 1:
      return Garbage(500);
    case 2: {
      std::string out = note;
      if (!out.empty()) out[Draw(out.size())] ^= 1;
      return out;
    }
    default:
      return note;
  }
}

void LyingTransport::SendConsensus(const std::string& to,
                                   std::shared_ptr<const std::string> message) {
  for (auto& lie : liar_.InsteadOf(to, message)) real_.SendConsensus(to, std::move(lie));
}

void LyingTransport::SendRecords(const std::string& to,
                                 std::shared_ptr<const std::vector<std::string>> envelopes) {
  auto lie = liar_.RecordsInsteadOf(*envelopes);
  if (lie.empty()) return;
  real_.SendRecords(to, std::make_shared<const std::vector<std::string>>(std::move(lie)));
}

void LyingTransport::SendCheckpoint(const std::string& to,
                                    std::shared_ptr<const std::string> note) {
  std::string lie = liar_.CheckpointInsteadOf(*note);
  if (!lie.empty()) real_.SendCheckpoint(to, std::make_shared<const std::string>(std::move(lie)));
}

Status LyingReplica::OnConsensus(const std::string& from, std::string message) {
  const std::optional<consensus::Message> parsed = liar_.Parse(message);
  if (parsed.has_value()) {
    if (std::holds_alternative<consensus::EvidenceMessage>(*parsed)) return absl::OkStatus();
    if (const auto* vote = std::get_if<SignedVote>(&*parsed)) {
      for (auto& lie : liar_.OnVote(*vote)) wire_.SendConsensus(from, std::move(lie));
    }
  }
  return ReplicaFace::OnConsensus(from, std::move(message));
}

}  // namespace parley::byzantine
