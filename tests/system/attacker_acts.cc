// What an attacker does of its own accord, as often as its links and quotas let it.

#include <algorithm>

#include "ledger/rules/charter_change.h"
#include "tests/system/attacker.h"

namespace parley::byzantine {

using namespace consensus;  // NOLINT: test support
using whole::Trick;

namespace {

constexpr std::chrono::milliseconds kBetweenRounds{10};
constexpr uint64_t kRoundsInASecond = 100;
constexpr size_t kJunkAtOnce = 50;   // 5,000 records a second to everyone
constexpr size_t kAccusations = 10;  // 1,000 a second
constexpr size_t kQuestions = 10;    // 2,000 messages a second
constexpr size_t kFarVotes = 5;      // 1,000 a second
constexpr uint64_t kContradictions = 20;
constexpr size_t kFetches = 4;

}  // namespace

void Attacker::Start(rpc::PeerLinks& links, replica::Replica& replica, UnreadAsks& asks) {
  links_ = &links;
  replica_ = &replica;
  asks_ = &asks;
  scheduler_.After(kBetweenRounds, [this] { Round(); });
}

void Attacker::Stop() { scheduler_.Stop(); }

void Attacker::Round() {
  ++round_;
  const bool each_second = round_ % kRoundsInASecond == 0;
  if (Has(Trick::kJunk)) SendToAll(junk_.Some(kJunkAtOnce));
  if (Has(Trick::kOwnRecords)) SendOwn();
  if (Has(Trick::kEpochs) && each_second) EndEpoch();
  if (Has(Trick::kAccuse)) Accuse();
  if (Has(Trick::kSelfAccuse)) AccuseItself();
  if (Has(Trick::kAsk)) Ask();
  if (Has(Trick::kGarbage)) SendGarbage();
  if (Has(Trick::kFarVotes)) VoteFarAway();
  if (Has(Trick::kFlap) && round_ % (kRoundsInASecond / 4) == 0) Flap();
  scheduler_.After(kBetweenRounds, [this] { Round(); });
}

// Where it ends epochs as well, its last officer has its hands free for that.
void Attacker::SendOwn() {
  std::vector<std::string> batch;
  for (size_t i = 0; i + (Has(Trick::kEpochs) ? 1 : 0) < chains_.size(); ++i)
    chains_[i].AddReports(*replica_.load(), &batch);
  SendToAll(std::move(batch));
}

void Attacker::EndEpoch() {
  if (!keys_.root.has_value() || chains_.empty()) return;
  const rules::Charter& now = *replica_.load()->Latest()->charter;
  const SecretKey& next = keys_.node[++rotations_ % keys_.node.size()];
  const auto text = rules::RotatedText(now, member_, {next.public_key(), std::nullopt});
  if (!text.ok()) return;
  const auto note = rules::AddSuccessorSignature(now, *text, member_, *keys_.root);
  if (!note.ok()) return;
  v1::Record proposal;
  proposal.mutable_propose_charter()->set_charter_note(*note);
  std::vector<std::string> batch;
  chains_.back().Add(*replica_.load(), std::move(proposal), &batch);
  SendToAll(std::move(batch));
}

void Attacker::Accuse() {
  for (size_t i = 0; i < kAccusations; ++i) {
    const std::optional<SignedVote> vote = AnyVote();
    if (!vote.has_value()) return;
    Evidence e;
    e.kind = EvidenceKind::kBadBlock;
    e.first = *vote;
    {
      const MutexLock lock(&mu_);
      const auto block = blocks_.find(vote->vote.block);
      if (block != blocks_.end()) e.block = block->second;
    }
    if (e.block != nullptr) SayToAll(EvidenceMessage{e});
  }
}

// First the room for proofs against it is filled with large ones, then it contradicts itself; more
// than once, since the view that it speaks of may be over when others hear of it.
void Attacker::AccuseItself() {
  View view;
  Epoch epoch;
  {
    const MutexLock lock(&mu_);
    view = view_;
    epoch = epoch_;
  }
  if (self_accused_ < whole::kSelfAccusations) {
    Evidence e = whole::BadBlockOfOwn(founding_.ledger_id(), replica_.load()->Latest()->tip, epoch,
                                      view, ++self_accused_);
    e.first = Sign(e.first.vote);
    return SayToAll(EvidenceMessage{e});
  }
  if (self_accused_ >= whole::kSelfAccusations + kContradictions) return;
  if (round_ % (kRoundsInASecond / 4) != 0) return;
  ++self_accused_;
  for (const Vote& vote : whole::Contradiction(epoch, view)) SayToAll(Sign(vote));
}

void Attacker::Ask() {
  StatusMessage ask;
  {
    const MutexLock lock(&mu_);
    ask.epoch = epoch_;
  }
  ask.view = View{1};
  ask.ask = true;
  for (size_t i = 0; i < kQuestions; ++i) {
    SayToAll(ask);
    const std::optional<SignedVote> vote = AnyVote();
    SayToAll(SlotRequest{vote.has_value() ? vote->vote.slot : SlotId()});
  }
  for (const std::string& of : others_) {
    for (size_t i = 0; i < kFetches; ++i) wire_->FetchBlocks(of, 1);
  }
  asks_->AskAgain();
}

std::string Attacker::Noise(size_t bytes_max) {
  std::string out(1 + Draw(bytes_max), '\0');
  const MutexLock lock(&mu_);
  for (char& c : out) c = static_cast<char>(random_() % 256);
  return out;
}

// What is no message at all ends the stream: so that comes once in a second, and what is no record
// or note all the time.
void Attacker::SendGarbage() {
  const auto bytes = std::make_shared<const std::string>(Noise(2'000));
  const auto large = std::make_shared<const std::string>(200'000, 'n');
  const auto records = std::make_shared<const std::vector<std::string>>(5, *bytes);
  for (const std::string& to : others_) {
    if (round_ % kRoundsInASecond == 0) wire_->SendConsensus(to, bytes);
    wire_->SendCheckpoint(to, OneIn(5) ? large : bytes);
    wire_->SendRecords(to, records);
  }
}

void Attacker::VoteFarAway() {
  View view;
  Epoch epoch;
  {
    const MutexLock lock(&mu_);
    view = view_;
    epoch = epoch_;
  }
  for (size_t i = 0; i < kFarVotes; ++i) {
    const uint64_t length = OneIn(2) ? 4 : 64;
    for (const Vote& vote : whole::FarVotes(epoch, view, Draw(5'000), length, Draw(20)))
      SayToAll(Sign(vote));
  }
}

// One link after the other breaks and comes back.
void Attacker::Flap() {
  away_ = away_.has_value() ? std::nullopt : std::optional(others_[Draw(others_.size())]);
  std::vector<rpc::MemberCa> members = rpc::MakeRoster(founding_, nullptr, nullptr).members;
  if (away_.has_value())
    std::erase_if(members, [&](const rpc::MemberCa& m) { return m.member == *away_; });
  static_cast<void>(links_->SetMembers(members));  // addresses are known, certificates were used
}

}  // namespace parley::byzantine
