// What one charter changes in another, member by member and rule by rule.

#include "tools/parley/charter_file.h"
#include "tools/parley/quantity.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

void Add(Json* out, const std::string& what, const std::string& before, const std::string& after) {
  if (before != after) out->push_back({{"what", what}, {"before", before}, {"after", after}});
}

void DiffMember(const rules::CharterMember& a, const rules::CharterMember& b, Json* out) {
  const std::string who = a.name + ": ";
  Add(out, who + "display name", a.display_name, b.display_name);
  Add(out, who + "role", v1::Role_Name(a.role), v1::Role_Name(b.role));
  Add(out, who + "root key", FingerprintOf(a.root_key), FingerprintOf(b.root_key));
  Add(out, who + "node key", FingerprintOf(a.node_key), FingerprintOf(b.node_key));
  Add(out, who + "cosigner key", FingerprintOf(a.cosigner_key), FingerprintOf(b.cosigner_key));
  Add(out, who + "CA certificate", FingerprintOf(a.ca_certificate),
      FingerprintOf(b.ca_certificate));
  Add(out, who + "url", a.url, b.url);
}

void DiffMembers(const rules::Charter& before, const rules::Charter& after, Json* out) {
  for (const rules::CharterMember& m : before.members()) {
    const rules::CharterMember* now = after.FindMember(m.name);
    if (now == nullptr) {
      Add(out, "member " + m.name, v1::Role_Name(m.role), "leaves");
    } else {
      DiffMember(m, *now, out);
    }
  }
  for (const rules::CharterMember& m : after.members())
    if (before.FindMember(m.name) == nullptr)
      Add(out, "member " + m.name, "",
          fmt::format("{}, root key {}", v1::Role_Name(m.role), FingerprintOf(m.root_key)));
  Add(out, "quorum", fmt::format("{} of {}", before.quorum(), before.members().size()),
      fmt::format("{} of {}", after.quorum(), after.members().size()));
}

// Every number of a flat message.
template <class Message>
void DiffNumbers(const std::string& prefix, const Message& before, const Message& after,
                 uint64_t unit_ms, Json* out) {
  const auto* descriptor = Message::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    const auto words = [&](const Message& m) {
      return FormatDuration(
          std::chrono::milliseconds(m.GetReflection()->GetUInt64(m, field) * unit_ms));
    };
    Add(out, prefix + field->name(), words(before), words(after));
  }
}

void DiffPolicies(const v1::Policies& a, const v1::Policies& b, Json* out) {
  Add(out, "policy verdict", DescribePolicy(a.verdict()), DescribePolicy(b.verdict()));
  Add(out, "policy appeal", DescribePolicy(a.appeal()), DescribePolicy(b.appeal()));
  Add(out, "policy close", DescribePolicy(a.close()), DescribePolicy(b.close()));
  Add(out, "policy redact", DescribePolicy(a.redact()), DescribePolicy(b.redact()));
  Add(out, "policy screen", DescribePolicy(a.screen()), DescribePolicy(b.screen()));
  Add(out, "policy charter_change", DescribePolicy(a.charter_change()),
      DescribePolicy(b.charter_change()));
}

void DiffCatalogue(const rules::Charter& before, const rules::Charter& after, Json* out) {
  const auto words = [](const v1::EventType* t) {
    return t == nullptr ? std::string()
                        : fmt::format("{} \"{}\"{}", v1::EventType::Standing_Name(t->standing()),
                                      Printable(t->label()), t->duration() ? ", lasting" : "");
  };
  for (const v1::EventType& t : before.proto().catalogue())
    Add(out, "catalogue " + t.code(), words(&t), words(after.FindEventType(t.code())));
  for (const v1::EventType& t : after.proto().catalogue())
    if (before.FindEventType(t.code()) == nullptr) Add(out, "catalogue " + t.code(), "", words(&t));
}

}  // namespace

Json CharterDiff(const rules::Charter& before, const rules::Charter& after) {
  Json out = Json::array();
  const v1::Charter& a = before.proto();
  const v1::Charter& b = after.proto();
  Add(&out, "title", a.title(), b.title());
  DiffMembers(before, after, &out);
  DiffPolicies(a.policies(), b.policies(), &out);
  DiffNumbers("deadline ", a.deadlines(), b.deadlines(), 1'000, &out);
  DiffNumbers("timing ", a.timing(), b.timing(), 1, &out);
  DiffCatalogue(before, after, &out);
  const auto yes = [](const v1::Charter& c) {
    return std::string(c.case_rules().verdict_without_verification() ? "yes" : "no");
  };
  Add(&out, "verdict without verification", yes(a), yes(b));
  return out;
}

std::string DescribeDiff(const rules::Charter& before, const rules::Charter& after) {
  std::string out =
      fmt::format("Changes from version {} to version {}:\n", before.version(), after.version());
  const Json changes = CharterDiff(before, after);
  for (const Json& change : changes) {
    const auto part = [&](const char* key) {
      const auto text = change.at(key).get<std::string>();
      return text.empty() ? std::string("(none)") : Printable(text);
    };
    out +=
        fmt::format("  {:32} {}\n  {:32} -> {}\n", part("what"), part("before"), "", part("after"));
  }
  if (changes.empty()) out += "  nothing but the text itself\n";
  return out;
}

}  // namespace parley::cli
