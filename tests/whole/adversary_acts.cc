// What the adversary does of its own accord, some times a second.

#include "ledger/rules/charter_change.h"
#include "ledger/rules/executor.h"
#include "tests/whole/adversary.h"

namespace parley::whole {

using namespace consensus;  // NOLINT: test support

namespace {

constexpr uint64_t kPause_ms = 100;
constexpr size_t kJunkRecords = 150;  // made once, sent again and again
constexpr size_t kJunkAtOnce = 50;
constexpr size_t kAccusations = 20;
constexpr uint64_t kContradictions = 20;

}  // namespace

void Adversary::Begin() {
  if (tricks_ == 0) return;
  world().queue().At(world().now_ms() + rng_.Range(1, kPause_ms), [this] { Act(); });
}

void Adversary::Act() {
  if (tricks_ == 0 || !up()) return;
  if (Has(Trick::kJunk)) SendJunk();
  if (Has(Trick::kOwnRecords)) SendOwn();
  if (Has(Trick::kEpochs) && OneIn(10)) EndEpoch();
  if (Has(Trick::kAccuse)) Accuse();
  if (Has(Trick::kSelfAccuse)) AccuseItself();
  if (Has(Trick::kAsk)) Ask();
  if (Has(Trick::kGarbage)) SendGarbage();
  if (Has(Trick::kFarVotes)) VoteFarAway();
  if (Has(Trick::kFlap) && OneIn(10)) world().BreakLink(number(), rng_.Below(world().size() - 1));
  Begin();
}

void Adversary::SendToAll(const std::vector<std::string>& envelopes) {
  const auto shared = std::make_shared<const std::vector<std::string>>(envelopes);
  for (const std::string& to : Others()) Machine::SendRecords(to, shared);
}

void Adversary::SendJunk() {
  testing::Accord& accord = world().accord();
  const SecretKey mine = testing::FixedKey(name() + "/a");
  const RecordId some = Sha256<RecordId>(AsBytes("some record"));
  const size_t victim = NumberOf(victim_);
  for (uint64_t n = junk_.size() / 3; junk_.size() < kJunkRecords; ++n) {
    junk_.push_back(accord.Sign(victim, "a", "junk", 2 + n, some, mine));
    junk_.push_back(accord.Sign(99, "a", "junk", 2 + n, some, mine));
    junk_.push_back(accord.Sign(number(), "a", "junk", 100'000 + n, some, mine));
  }
  std::vector<std::string> batch;
  for (size_t i = 0; i < kJunkAtOnce; ++i) batch.push_back(junk_[rng_.Below(junk_.size())]);
  SendToAll(batch);
}

// Now and then one of them is kept back, so that those after it stand behind a gap.
void Adversary::SendOwn() {
  std::vector<std::string> batch;
  const size_t officers = world().accord().charter().members()[number()].officers.size();
  for (size_t o = 0; o < officers; ++o) {
    std::string envelope =
        world().accord().Report(number(), testing::Accord::OfficerOf(o), "and another one");
    if (!OneIn(50)) batch.push_back(std::move(envelope));
  }
  SendToAll(batch);
}

void Adversary::EndEpoch() {
  const rules::Charter& now = *replica().Latest()->charter;
  const SecretKey next = testing::FixedKey(fmt::format("{} node-{}", name(), ++rotations_));
  const auto text = rules::RotatedText(now, name(), {next.public_key(), std::nullopt});
  if (!text.ok()) return;
  const auto note =
      rules::AddSuccessorSignature(now, *text, name(), testing::FixedKey(name() + " root"));
  if (!note.ok()) return;
  SendToAll({world().accord().ProposeCharter(number(), "b", *note)});
}

void Adversary::Accuse() {
  for (size_t i = 0; i < kAccusations && !votes_.empty(); ++i) {
    const SignedVote& vote = votes_[rng_.Below(votes_.size())];
    const auto block = blocks_.find(vote.vote.block);
    if (block == blocks_.end()) continue;
    Evidence e;
    e.kind = EvidenceKind::kBadBlock;
    e.first = vote;
    e.block = block->second.bytes;
    SayToAll(EvidenceMessage{e});
  }
}

void Adversary::AccuseItself() {
  if (++self_accused_ <= kSelfAccusations) {
    Evidence e = BadBlockOfOwn(ledger(), replica().Latest()->tip, epoch_, view_, self_accused_);
    e.first = Sign(e.first.vote);
    return SayToAll(EvidenceMessage{e});
  }
  // Some times, since others may not be in that view yet.
  if (self_accused_ > kSelfAccusations + kContradictions) return;
  for (const Vote& vote : Contradiction(epoch_, view_)) SayToAll(Sign(vote));
  contradicted_ = !Has(Trick::kEpochs);
}

void Adversary::Ask() {
  StatusMessage ask;
  ask.epoch = epoch_;
  ask.view = View{1};
  ask.ask = true;
  for (int i = 0; i < 10; ++i) {
    SayToAll(ask);
    SayToAll(SlotRequest{votes_.empty() ? SlotId() : votes_[rng_.Below(votes_.size())].vote.slot});
  }
  for (size_t i = 0; i < world().size(); ++i) {
    if (i == number()) continue;
    for (int n = 0; n < 5; ++n)
      Send(testing::Accord::NameOf(i), 100, [me = number()](Machine& m) {
        m.ServeBlocks(me, 1, UINT64_MAX);  // nobody waits for the answer
      });
  }
}

std::string Adversary::Noise(size_t bytes_max) {
  std::string out(1 + rng_.Below(bytes_max), '\0');
  for (char& c : out) c = static_cast<char>(rng_.Below(256));
  return out;
}

void Adversary::SendGarbage() {
  const auto bytes = std::make_shared<const std::string>(Noise(2'000));
  const auto large = std::make_shared<const std::string>(200'000, 'n');
  for (const std::string& to : Others()) {
    Machine::SendConsensus(to, bytes);
    Machine::SendCheckpoint(to, OneIn(5) ? large : bytes);
    Machine::SendRecords(to, std::make_shared<const std::vector<std::string>>(5, *bytes));
  }
}

void Adversary::VoteFarAway() {
  for (int i = 0; i < 10; ++i) {
    const uint64_t views = rng_.Below(5'000);
    const uint64_t length = OneIn(2) ? 4 : 64;
    for (const Vote& vote : FarVotes(epoch_, view_, views, length, rng_.Below(20)))
      SayToAll(Sign(vote));
  }
}

}  // namespace parley::whole
