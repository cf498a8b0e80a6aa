// The charter in words, for people who are about to sign it.

#include "tools/parley/charter_file.h"
#include "tools/parley/quantity.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

std::string RoleWord(v1::Role role, bool plural) {
  const std::string word = role == v1::PARTY ? "part" : "mediator";
  if (role == v1::PARTY) return word + (plural ? "ies" : "y");
  return word + (plural ? "s" : "");
}

template <class List>
std::string Join(const List& list) {
  std::string out;
  for (const v1::Policy& p : list) out += (out.empty() ? "" : ", ") + DescribePolicy(p);
  return "(" + out + ")";
}

// (name, seconds) of each deadline: the field's name without its unit.
std::vector<std::pair<std::string, uint64_t>> DeadlinesOf(const v1::Deadlines& deadlines) {
  std::vector<std::pair<std::string, uint64_t>> out;
  const auto* descriptor = v1::Deadlines::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    out.emplace_back(field->name().substr(0, field->name().size() - 2),
                     deadlines.GetReflection()->GetUInt64(deadlines, field));
  }
  return out;
}

std::vector<std::pair<std::string, const v1::Policy*>> PoliciesOf(const v1::Policies& p) {
  return {{"verdict", &p.verdict()}, {"appeal", &p.appeal()},
          {"close", &p.close()},     {"redact", &p.redact()},
          {"screen", &p.screen()},   {"charter_change", &p.charter_change()}};
}

std::string Seconds(uint64_t s) { return FormatDuration(std::chrono::milliseconds(s * 1000)); }

std::string MembersInWords(const rules::Charter& charter) {
  std::string out;
  for (const rules::CharterMember& m : charter.members()) {
    out += fmt::format("\n  {} \"{}\", {}\n    root key  {}\n    node key  {}\n    cosigner  {}\n",
                       m.name, Printable(m.display_name), RoleWord(m.role, false),
                       FingerprintOf(m.root_key), FingerprintOf(m.node_key),
                       FingerprintOf(m.cosigner_key));
    for (const rules::CharterOfficer& officer : m.officers)
      out += fmt::format("    officer   {} {}\n", FingerprintOf(officer.key), officer.name);
  }
  return out;
}

}  // namespace

std::string DescribePolicy(const v1::Policy& policy) {
  switch (policy.kind_case()) {
    case v1::Policy::kMember:
      return Printable(policy.member());
    case v1::Policy::kRole: {
      const uint32_t k = policy.role().k();
      if (k == 0) return "all " + RoleWord(policy.role().role(), true);
      return fmt::format("{} {}", k, RoleWord(policy.role().role(), k > 1));
    }
    case v1::Policy::kAllOf:
      return "all of " + Join(policy.all_of().of());
    case v1::Policy::kAnyOf:
      return "any of " + Join(policy.any_of().of());
    case v1::Policy::kKOf:
      return fmt::format("{} of {}", policy.k_of().k(), Join(policy.k_of().of()));
    case v1::Policy::KIND_NOT_SET:
      break;
  }
  return "nobody";
}

std::string DescribeCharter(const rules::Charter& charter) {
  const v1::Charter& proto = charter.proto();
  std::string out = fmt::format(
      "Charter \"{}\"\norigin       {}\nversion      {}\nfounded at   {}\nledger id    {}\n"
      "fingerprint  {}\n\n{} members; {} of them must be connected and agree:\n",
      Printable(proto.title()), charter.origin(), proto.version(), ShortTime(charter.founded_at()),
      charter.ledger_id(), FingerprintOf(AsBytes(charter.text())), charter.members().size(),
      charter.quorum());
  out += MembersInWords(charter);
  out += "\nWho must consent:\n";
  for (const auto& [name, policy] : PoliciesOf(proto.policies()))
    out += fmt::format("  {:15} {}\n", name, DescribePolicy(*policy));
  out += "\nDeadlines:\n";
  for (const auto& [name, s] : DeadlinesOf(proto.deadlines()))
    out += fmt::format("  {:15} {}\n", name, Seconds(s));
  out += fmt::format(
      "\nBlock times may be {} ahead of a voter's clock and {} behind it; a quiet ledger is "
      "cosigned\nagain every {}. A member changes its node's keys alone once in {} at most.\n",
      FormatDuration(std::chrono::milliseconds(proto.timing().clock_skew_max_ms())),
      FormatDuration(std::chrono::milliseconds(proto.timing().clock_lag_max_ms())),
      FormatDuration(std::chrono::milliseconds(proto.timing().heartbeat_ms())),
      FormatDuration(std::chrono::milliseconds(proto.timing().rotation_pause_ms())));
  out += proto.case_rules().verdict_without_verification()
             ? "Mediators may propose a verdict without a field verification.\n"
             : "A verdict needs a field verification first.\n";
  out += fmt::format("\nCatalogue: {} kinds of incident\n", proto.catalogue_size());
  for (const v1::EventType& t : proto.catalogue())
    out += fmt::format("  {:20} {:12} {}\n", t.code(), v1::EventType::Standing_Name(t.standing()),
                       Printable(t.label()));
  return out;
}

Json CharterJson(const rules::Charter& charter) {
  const v1::Charter& proto = charter.proto();
  Json members = Json::array();
  for (const rules::CharterMember& m : charter.members()) {
    Json officers = Json::array();
    for (const rules::CharterOfficer& officer : m.officers)
      officers.push_back({{"name", officer.name},
                          {"public_key", officer.key.ToHex()},
                          {"fingerprint", FingerprintOf(officer.key)}});
    members.push_back({{"name", m.name},
                       {"display_name", m.display_name},
                       {"role", v1::Role_Name(m.role)},
                       {"root_key", m.root_key.ToHex()},
                       {"root_fingerprint", FingerprintOf(m.root_key)},
                       {"node_key", m.node_key.ToHex()},
                       {"cosigner_key", m.cosigner_key.ToHex()},
                       {"url", m.url},
                       {"officers", std::move(officers)}});
  }
  Json policies = Json::object();
  for (const auto& [name, policy] : PoliciesOf(proto.policies()))
    policies[name] = DescribePolicy(*policy);
  Json deadlines = Json::object();
  for (const auto& [name, s] : DeadlinesOf(proto.deadlines())) deadlines[name + "_s"] = s;
  return {{"origin", charter.origin()},
          {"title", proto.title()},
          {"version", proto.version()},
          {"founded_at", FormatTime(charter.founded_at())},
          {"ledger_id", charter.ledger_id().ToHex()},
          {"fingerprint", FingerprintOf(AsBytes(charter.text()))},
          {"quorum", charter.quorum()},
          {"members", std::move(members)},
          {"policies", std::move(policies)},
          {"deadlines", std::move(deadlines)},
          {"timing",
           {{"clock_skew_max_ms", proto.timing().clock_skew_max_ms()},
            {"clock_lag_max_ms", proto.timing().clock_lag_max_ms()},
            {"heartbeat_ms", proto.timing().heartbeat_ms()},
            {"rotation_pause_ms", proto.timing().rotation_pause_ms()}}},
          {"verdict_without_verification", proto.case_rules().verdict_without_verification()},
          {"event_types", proto.catalogue_size()}};
}

}  // namespace parley::cli
