#include "tests/system/attacker_records.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/limits.h"
#include "crypto/key_file.h"

namespace parley::byzantine {
namespace {

constexpr size_t kFurtherKeys = 50;
constexpr size_t kJunkKept = 3'000;
constexpr size_t kFreshEvery = 10;
constexpr size_t kReportsAtOnce = 25;
constexpr uint64_t kGapEvery = 250;
constexpr std::chrono::milliseconds kRepeat{200};
constexpr std::chrono::seconds kGiveUp{5};

v1::Record Report(uint64_t number) {
  v1::Record r;
  const uint64_t now = ToInt(SystemClock().Now());
  v1::IncidentFacts* facts = r.mutable_report_incident()->mutable_facts();
  facts->set_event_type("FIRE_SMALL_ARMS");
  facts->set_from_ms(now - 60'000);
  facts->set_to_ms(now - 50'000);
  facts->set_time_precision(v1::MINUTE);
  facts->set_urgency(v1::ROUTINE);
  facts->add_alleged()->set_unknown(true);
  facts->set_narrative(fmt::format("Invented event {}.", number));
  return r;
}

struct Author {
  std::string member, officer;
  uint64_t sequence;
  RecordId previous;
};

std::string SignAs(const rules::Charter& charter, v1::Record r, const Author& author,
                   const SecretKey& key) {
  r.set_ledger_id(charter.ledger_id().ToString());
  r.set_charter(charter.hash().ToString());
  r.set_member(author.member);
  r.set_officer(author.officer);
  r.set_sequence(author.sequence);
  if (author.sequence > 1) r.set_previous(author.previous.ToString());
  r.set_declared_at_ms(ToInt(SystemClock().Now()));
  r.set_nonce(std::string(AsText(RandomBytes(16))));
  r.set_language("en");
  return record::SignRecord(r, key).value();
}

}  // namespace

std::vector<SecretKey> FurtherNodeKeys(const std::string& member) {
  std::vector<SecretKey> out;
  for (size_t i = 0; i < kFurtherKeys; ++i) {
    const Hash seed = Sha256(AsBytes(fmt::format("parleyd-byzantine {} node-{}", member, i)));
    out.push_back(SecretKey::FromSeed(seed.bytes()).value());
  }
  return out;
}

StatusOr<AttackKeys> LoadAttackKeys(const NodeConfig& config, const std::string& folder) {
  if (!config.passphrase_file) return InvalidArgument("an attacker needs a passphrase_file");
  ASSIGN_OR_RETURN(const Passphrase passphrase, Passphrase::FromFile(*config.passphrase_file));
  AttackKeys out;
  for (const auto& file : config.node_keys) {
    ASSIGN_OR_RETURN(SecretKey key, LoadKeyFile(file, KeyPurpose::kNode, passphrase));
    out.node.push_back(std::move(key));
  }
  for (SecretKey& key : FurtherNodeKeys(config.member)) out.node.push_back(std::move(key));
  if (folder.empty()) return out;
  for (const auto& item : std::filesystem::directory_iterator(folder)) {
    if (item.path().extension() != ".key") continue;
    ASSIGN_OR_RETURN(const KeyFileInfo info, InspectKeyFile(item.path()));
    if (info.purpose != KeyPurpose::kRoot && info.purpose != KeyPurpose::kOfficer) continue;
    ASSIGN_OR_RETURN(SecretKey key, LoadKeyFile(item.path(), info.purpose, passphrase));
    if (info.purpose == KeyPurpose::kRoot) {
      out.root = std::move(key);
    } else {
      out.officers.emplace(info.label.substr(info.label.find('/') + 1), std::move(key));
    }
  }
  return out;
}

// ---- in others' names --------------------------------------------------------------------------

void Junk::SetSigner(std::string officer, const SecretKey& key) {
  officer_ = std::move(officer);
  key_ = &key;
}

std::string Junk::Next() {
  const RecordId some = Sha256<RecordId>(AsBytes("some record"));
  const uint64_t n = made_++;
  const rules::CharterMember* victim = charter_.FindMember(victim_);
  Author author{member_, officer_, 100'000 + n, some};
  if (n % 3 == 0 && victim != nullptr)
    author = {victim_, victim->officers.front().name, 2 + n / 3, some};
  if (n % 3 == 1) author = {"nobody", "anna", 2 + n / 3, some};
  return SignAs(charter_, Report(n), author, *key_);
}

std::vector<std::string> Junk::Some(size_t count) {
  std::vector<std::string> out;
  if (key_ == nullptr) return out;
  for (size_t i = 0; i < count; ++i) {
    at_ = (at_ + 7'919) % kJunkKept;
    if (i % kFreshEvery == 0 || at_ >= kept_.size()) {
      out.push_back(Next());
      if (kept_.size() < kJunkKept) kept_.push_back(out.back());
    } else {
      out.push_back(kept_[at_]);
    }
  }
  return out;
}

// ---- its own -----------------------------------------------------------------------------------

void OwnChain::Follow(const replica::Replica& replica, std::vector<std::string>* batch) {
  const auto head = replica.AuthorHead(KeyIdOf(key_.public_key()));
  if (!head.ok()) return;
  const Time now = std::chrono::steady_clock::now();
  if (head->first != head_ || ahead_.empty()) moved_ = repeated_ = now;
  head_ = head->first;
  head_id_ = head->second;
  while (!ahead_.empty() && ahead_.front().sequence <= head_) ahead_.pop_front();
  if (now > moved_ + kGiveUp) ahead_.clear();
  if (now < repeated_ + kRepeat) return;
  repeated_ = now;
  for (const Sent& sent : ahead_) batch->push_back(sent.envelope);
}

std::string OwnChain::Next(v1::Record body) {
  Author author{member_, officer_, head_ + 1, head_id_};
  if (!ahead_.empty()) {
    author.sequence = ahead_.back().sequence + 1;
    author.previous = ahead_.back().id;
  }
  std::string envelope = SignAs(charter_, std::move(body), author, key_);
  const RecordId id = record::ParsedRecord::Parse(envelope).value().id();
  ahead_.push_back({author.sequence, id, envelope});
  return envelope;
}

void OwnChain::Add(const replica::Replica& replica, v1::Record body,
                   std::vector<std::string>* batch) {
  Follow(replica, batch);
  batch->push_back(Next(std::move(body)));
}

// Now and then one is kept back until it is missed.
void OwnChain::AddReports(const replica::Replica& replica, std::vector<std::string>* batch) {
  Follow(replica, batch);
  for (size_t i = 0; i < kReportsAtOnce && ahead_.size() < limits::kSequencesAheadMax + 50; ++i) {
    std::string envelope = Next(Report(i));
    if (ahead_.back().sequence % kGapEvery != 0) batch->push_back(std::move(envelope));
  }
}

}  // namespace parley::byzantine
