#pragma once

// An accord for tests of the replica: two parties and two mediators (or more), with fixed keys and
// a signed charter, and officers that write records in order.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "crypto/certificate.h"
#include "ledger/record/record.h"
#include "ledger/rules/charter.h"

namespace parley::testing {

inline constexpr uint64_t kFoundedMs = 1'700'000'000'000;

inline SecretKey FixedKey(const std::string& name) {
  return SecretKey::FromSeed(Sha256(AsBytes("replica test " + name)).bytes()).value();
}

// Members are "m0", "m1", ...; the first half are parties. Each has the officers "a" and "b", and
// more where a test wants them.
class Accord {
 public:
  explicit Accord(size_t members = 4, uint64_t heartbeat_ms = 600'000, size_t officers = 2,
                  const Clock& clock = SystemClock(), size_t officers_of_first = 0)
      : clock_(clock) {
    std::vector<size_t> numbers;
    for (size_t i = 0; i < members; ++i) numbers.push_back(i);
    std::string note = Text(numbers, members / 2, heartbeat_ms, {}, officers, officers_of_first);
    for (size_t i = 0; i < members; ++i) {
      note = rules::AddCharterSignature(note, NameOf(i), FixedKey(NameOf(i) + " root")).value();
    }
    charter_ = std::make_unique<rules::Charter>(rules::Charter::ParseNote(note).value());
  }

  // The text of a charter of these members; those below `parties` are parties. Who is in `anew` has
  // other keys than before, all with " anew" behind their names. The first member may have another
  // number of officers than the others.
  static std::string Text(const std::vector<size_t>& members, size_t parties,
                          uint64_t heartbeat_ms = 600'000, const std::set<size_t>& anew = {},
                          size_t officers = 2, size_t officers_of_first = 0) {
    std::string text = fmt::format(
        "format: 1\norigin: \"parley.example/replica-test\"\nversion: 1\ntitle: \"Test\"\n"
        "founded_at: \"{}\"\n",
        FormatTime(TimeMs{kFoundedMs}));
    for (const size_t i : members)
      text += MemberText(i, i < parties, anew.contains(i) ? " anew" : "",
                         i == 0 && officers_of_first > 0 ? officers_of_first : officers);
    return text + fmt::format("timing {{ heartbeat_ms: {} }}\n", heartbeat_ms);
  }

  // "m0" to "m9", then "n10", ...: members are sorted by name.
  static std::string NameOf(size_t i) { return fmt::format("{}{}", i < 10 ? "m" : "n", i); }
  static size_t NumberOf(const std::string& name) { return std::stoul(name.substr(1)); }
  // "a", "b", ..., "z", "o26", "o27", ...
  static std::string OfficerOf(size_t i) {
    return i < 26 ? std::string(1, static_cast<char>('a' + i)) : fmt::format("o{}", i);
  }
  const rules::Charter& charter() const { return *charter_; }

  // The next record of this officer: reports an incident.
  std::string Report(size_t member, const std::string& officer, const std::string& narrative) {
    const SecretKey key = FixedKey(NameOf(member) + "/" + officer);
    Author& author = authors_[{member, officer}];
    std::string envelope =
        Sign(member, officer, narrative, ++author.sequence, author.previous, key);
    author.previous = record::ParsedRecord::Parse(envelope).value().id();
    return envelope;
  }

  // A record with any number and predecessor.
  std::string Sign(size_t member, const std::string& officer, const std::string& narrative,
                   uint64_t sequence, const RecordId& previous, const SecretKey& key) const {
    v1::Record r;
    const uint64_t now = ToInt(clock_.Now());
    v1::IncidentFacts* facts = r.mutable_report_incident()->mutable_facts();
    facts->set_event_type("FIRE_SMALL_ARMS");
    facts->set_from_ms(now - 60'000);
    facts->set_to_ms(now - 50'000);
    facts->set_time_precision(v1::MINUTE);
    facts->add_alleged()->set_unknown(true);
    facts->set_urgency(v1::ROUTINE);
    facts->set_narrative(narrative);
    return SignBody(std::move(r), member, officer, sequence, previous, key);
  }

  // The next record of this officer: hands in a charter note.
  std::string ProposeCharter(size_t member, const std::string& officer, const std::string& note) {
    Author& author = authors_[{member, officer}];
    v1::Record r;
    r.mutable_propose_charter()->set_charter_note(note);
    std::string envelope = SignBody(std::move(r), member, officer, ++author.sequence,
                                    author.previous, FixedKey(NameOf(member) + "/" + officer));
    author.previous = record::ParsedRecord::Parse(envelope).value().id();
    return envelope;
  }

  std::string SignBody(v1::Record r, size_t member, const std::string& officer, uint64_t sequence,
                       const RecordId& previous, const SecretKey& key) const {
    r.set_ledger_id(charter_->ledger_id().ToString());
    r.set_charter(charter_->hash().ToString());
    r.set_member(NameOf(member));
    r.set_officer(officer);
    r.set_sequence(sequence);
    if (!previous.IsZero()) r.set_previous(previous.ToString());
    r.set_declared_at_ms(ToInt(clock_.Now()));
    // Of what differs anyhow, so that a run can be repeated to the byte.
    r.set_nonce(Sha256(AsBytes(r.SerializeAsString())).ToString().substr(0, 16));
    r.set_language("en");
    return record::SignRecord(r, key).value();
  }

 private:
  struct Author {
    uint64_t sequence = 0;
    RecordId previous;
  };

  static std::string MemberText(size_t i, bool party, const std::string& suffix, size_t officers) {
    const std::string name = NameOf(i);
    const auto key = [&](const std::string& use) { return FixedKey(name + use + suffix); };
    const auto hex = [&](const std::string& use) { return key(use).public_key().ToHex(); };
    const Bytes ca =
        MakeCaCertificate(key(" ca"), "parley.example/replica-test", name, TimeMs{kFoundedMs}, 20)
            .value();
    std::string out = fmt::format(
        "members {{\n  name: \"{0}\"\n  display_name: \"{0}\"\n  role: {1}\n  root_key: \"{2}\"\n"
        "  node_key: \"{3}\"\n  cosigner_key: \"{4}\"\n  ca_certificate: \"{5}\"\n"
        "  url: \"https://{0}.example\"\n",
        name, party ? "PARTY" : "MEDIATOR", hex(" root"), hex(" node"), hex(" cosigner"),
        Base64Encode(ca));
    for (size_t o = 0; o < officers; ++o)
      out += fmt::format("  officers {{ name: \"{}\" public_key: \"{}\" }}\n", OfficerOf(o),
                         hex("/" + OfficerOf(o)));
    return out + "}\n";
  }

  const Clock& clock_;
  std::unique_ptr<rules::Charter> charter_;
  std::map<std::pair<size_t, std::string>, Author> authors_;
};

}  // namespace parley::testing
