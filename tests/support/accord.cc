#include "tests/support/accord.h"

#include "base/check.h"
#include "ledger/record/names.h"
#include "ledger/rules/queries.h"

namespace parley::testing {
namespace {

// Display names as members choose them, in the scripts of the region.
constexpr const char* kDisplayNames[] = {"الوفد الشمالي", "جنوبی وفد",  "Arabulucu İğdır Heyeti",
                                         "هيئة الوساطة",  "ثالثی وفد",  "Çözüm Şûrası",
                                         "وفد الجبل",     "دریائی وفد", "Gözlem Kurulu"};

std::string Letter(size_t i) { return std::string(1, static_cast<char>('a' + i)); }

std::string HexKey(const std::string& member, const char* purpose) {
  return TestAccord::KeyOf(member, purpose).public_key().ToHex();
}

// No certificate, but unique and of DER's shape: the charter only bounds it.
std::string PlaceholderCertificate(const std::string& member) { return "\x30\x05" + member; }

std::string MemberText(const std::string& name, v1::Role role, size_t number,
                       const AccordOptions& options) {
  const auto held = options.ca_certificates.find(name);
  const std::string der =
      held == options.ca_certificates.end() ? PlaceholderCertificate(name) : held->second;
  const auto url = options.urls.find(name);
  std::string out = "members {\n";
  out += fmt::format("  name: \"{}\"\n  display_name: \"{}\"\n  role: {}\n", name,
                     kDisplayNames[number % std::size(kDisplayNames)], v1::Role_Name(role));
  out += fmt::format("  root_key: \"{}\"\n  node_key: \"{}\"\n  cosigner_key: \"{}\"\n",
                     HexKey(name, "root"), HexKey(name, "node"), HexKey(name, "cosigner"));
  out += fmt::format("  ca_certificate: \"{}\"\n", Base64Encode(AsBytes(der)));
  if (url != options.urls.end()) out += fmt::format("  url: \"{}\"\n", url->second);
  out += fmt::format("  officers {{ name: \"desk\" public_key: \"{}\" capabilities: VERIFIER }}\n",
                     HexKey(name, "desk"));
  return out + "}\n";
}

std::string Section(const char* name, const std::string& body) {
  return body.empty() ? "" : fmt::format("{} {{ {} }}\n", name, body);
}

template <class T>
T Must(StatusOr<T> value) {
  if (!value.ok()) fmt::print(stderr, "test accord: {}\n", value.status().ToString());
  PARLEY_CHECK(value.ok());
  return *std::move(value);
}

}  // namespace

SecretKey TestAccord::KeyOf(std::string_view member, std::string_view purpose) {
  const Hash seed = Sha256(AsBytes(fmt::format("parley test key/{}/{}", member, purpose)));
  return Must(SecretKey::FromSeed(seed.bytes()));
}

std::string TestAccord::CharterText(size_t parties, size_t mediators,
                                    const AccordOptions& options) {
  std::string out = "# A charter for tests.\nformat: 1\nversion: 1\n";
  out += fmt::format("origin: \"{}\"\ntitle: \"Test accord\"\nfounded_at: \"{}\"\n", options.origin,
                     options.founded_at);
  for (size_t i = 0; i < mediators; ++i)
    out += MemberText("med-" + Letter(i), v1::MEDIATOR, i, options);
  for (size_t i = 0; i < parties; ++i)
    out += MemberText("party-" + Letter(i), v1::PARTY, mediators + i, options);
  out += Section("policies", options.policies) + Section("deadlines", options.deadlines) +
         Section("timing", options.timing);
  if (options.verdict_without_verification)
    out += "case_rules { verdict_without_verification: true }\n";
  return out;
}

std::unique_ptr<TestAccord> TestAccord::Create(size_t parties, size_t mediators,
                                               const AccordOptions& options) {
  std::string note = CharterText(parties, mediators, options);
  const rules::Charter unsigned_charter = Must(rules::Charter::ParseText(note));
  for (const rules::CharterMember& member : unsigned_charter.members())
    note = Must(rules::AddCharterSignature(note, member.name, KeyOf(member.name, "root")));
  std::unique_ptr<TestAccord> out(new TestAccord());
  out->charter_ = std::make_unique<rules::Charter>(Must(rules::Charter::ParseNote(note)));
  return out;
}

TestAuthor& TestAccord::Author(const std::string& member, const std::string& officer) {
  std::unique_ptr<TestAuthor>& author = authors_[member + "/" + officer];
  if (!author) author = std::make_unique<TestAuthor>(member, officer, KeyOf(member, officer));
  return *author;
}

record::ParsedRecord TestAccord::SignOnly(const TestAuthor& author, v1::Record body) const {
  body.set_ledger_id(charter_->ledger_id().ToString());
  body.set_charter(charter_->hash().ToString());
  body.set_member(author.member());
  body.set_officer(author.officer());
  body.set_sequence(author.sequence + 1);
  body.set_previous(author.sequence == 0 ? "" : author.previous.ToString());
  if (body.declared_at_ms() == 0) body.set_declared_at_ms(ToInt(charter_->founded_at()));
  const Hash nonce =
      Sha256(AsBytes(fmt::format("{}/{}/{}", author.member(), author.officer(), body.sequence())));
  if (body.nonce().empty()) body.set_nonce(nonce.ToString().substr(0, 16));
  return Must(record::ParsedRecord::Parse(Must(record::SignRecord(body, author.key()))));
}

record::ParsedRecord TestAccord::Sign(TestAuthor& author, v1::Record body) {
  record::ParsedRecord out = SignOnly(author, std::move(body));
  author.sequence = out.sequence();
  author.previous = out.id();
  return out;
}

void TestAccord::Rewind(TestAuthor& author, const rules::StateView& state) {
  const StatusOr<v1::KeyState> key = rules::GetKey(state, author.key_id());
  author.sequence = key.ok() ? key->sequence() : 0;
  author.previous = RecordId();
  if (author.sequence > 0) author.previous = Must(RecordId::FromBytes(key->previous()));
}

v1::IncidentFacts Facts(TimeMs to, const std::vector<std::string>& alleged_members) {
  v1::IncidentFacts facts;
  facts.set_event_type("FIRE_INDIRECT");
  facts.set_from_ms(ToInt(to) - 600'000);
  facts.set_to_ms(ToInt(to));
  facts.set_utc_offset_minutes(270);
  facts.set_time_precision(v1::MINUTE);
  facts.set_place("تورخم Torkham طورخم");
  facts.set_urgency(v1::PRIORITY);
  facts.set_narrative("قذائف على الجانب الشمالي.\nÜç patlama duyuldu.");
  for (const std::string& member : alleged_members) facts.add_alleged()->set_member(member);
  if (alleged_members.empty()) facts.add_alleged()->set_unknown(true);
  return facts;
}

TestLedger::TestLedger(const rules::Charter& charter, rules::ProofCheck proofs)
    : executor_(charter, nullptr, std::move(proofs)) {
  last_ = Must(executor_.Genesis());
  state_.Apply(last_.changes);
  tip_ = last_.tip;
  entries_ = last_.entries;
}

Status TestLedger::Add(TimeMs time, std::vector<record::ParsedRecord> records) {
  return AddBlock(time, {std::move(records)});
}

Status TestLedger::AddBlock(TimeMs time, rules::BlockInput input) {
  ASSIGN_OR_RETURN(last_, executor_.Execute(tip_, state_, time, std::move(input)));
  state_.Apply(last_.changes);
  tip_ = last_.tip;
  entries_.insert(entries_.end(), last_.entries.begin(), last_.entries.end());
  return absl::OkStatus();
}

}  // namespace parley::testing
