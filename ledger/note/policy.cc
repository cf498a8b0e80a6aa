// Writing and applying policies; policy_parse.cc reads them.

#include "ledger/note/policy.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "ledger/note/policy_names.h"

namespace parley::note {
namespace {

constexpr std::string_view kGroup = "members";

// Whether the note carries a valid line of this key. A line of the key that fails is an error.
StatusOr<bool> Signed(const CosignedCheckpoint& checkpoint, const VerifierKey& key) {
  const SignatureLine* line = checkpoint.note.Find(key.name, key.id());
  if (line == nullptr) return false;
  switch (key.type) {
    case KeyType::kEd25519:
      RETURN_IF_ERROR(VerifySignature(checkpoint.note, key), "policy");
      break;
    case KeyType::kCosignature:
      RETURN_IF_ERROR(VerifyCosignature(*line, checkpoint.note.text(), key).status(), "policy");
      break;
  }
  return true;
}

std::string WithUrl(const std::string& line, const std::string& url) {
  return url.empty() ? line + "\n" : line + " " + url + "\n";
}

// Some parsers trip over names that are words of the grammar; key names never are.
std::string WitnessName(const PolicyMember& member) {
  return member.name == kGroup || IsPolicyKeyword(member.name) ? member.key_name : member.name;
}

}  // namespace

std::string Policy::Serialize() const {
  std::string out;
  for (const PolicyLog& log : logs)
    out += WithUrl(fmt::format("log {}", log.key.ToString()), log.url);
  for (const PolicyWitness& witness : witnesses) {
    out += WithUrl(fmt::format("witness {} {}", witness.name, witness.key.ToString()), witness.url);
  }
  for (const PolicyGroup& group : groups)
    out +=
        fmt::format("group {} {} {}\n", group.name, group.threshold, fmt::join(group.members, " "));
  return out + fmt::format("quorum {}\n", quorum.empty() ? kPolicyNone : quorum);
}

Status Policy::Evaluate(const CosignedCheckpoint& checkpoint) const {
  bool log_signed = false;
  for (const PolicyLog& log : logs) {
    ASSIGN_OR_RETURN(const bool line, Signed(checkpoint, log.key));
    log_signed = log_signed || (line && log.key.name == checkpoint.checkpoint.origin);
  }
  if (!log_signed) {
    return Unauthenticated(fmt::format("policy: no log of the policy signed as origin {}",
                                       checkpoint.checkpoint.origin));
  }
  std::set<std::string_view> satisfied;
  for (const PolicyWitness& witness : witnesses) {
    ASSIGN_OR_RETURN(const bool line, Signed(checkpoint, witness.key));
    if (line) satisfied.insert(witness.name);
  }
  const size_t signers = satisfied.size();
  for (const PolicyGroup& group : groups) {
    const auto count =
        std::count_if(group.members.begin(), group.members.end(),
                      [&](const std::string& name) { return satisfied.contains(name); });
    if (static_cast<size_t>(count) >= group.threshold) satisfied.insert(group.name);
  }
  if (quorum.empty() || satisfied.contains(quorum)) return absl::OkStatus();
  return Unauthenticated(
      fmt::format("policy: quorum {} is not satisfied by the valid cosignatures of {} of {} "
                  "witnesses",
                  quorum, signers, witnesses.size()));
}

StatusOr<Policy> PolicyOf(std::string_view origin, const LedgerId& ledger,
                          std::span<const PolicyMember> members, size_t quorum) {
  Policy out;
  out.logs.push_back({IdentificationVerifierKey(origin, ledger), ""});
  PolicyGroup group{std::string(kGroup), quorum, {}};
  for (const PolicyMember& member : members) {
    const std::string name = WitnessName(member);
    out.witnesses.push_back(
        {name, {member.key_name, KeyType::kCosignature, member.key}, member.url});
    group.members.push_back(name);
  }
  out.groups.push_back(std::move(group));
  out.quorum = kGroup;
  // The parser knows every rule: names, repeated keys, a threshold that can be met.
  ASSIGN_OR_RETURN(const Policy parsed, Policy::Parse(out.Serialize()));
  if (parsed != out)
    return InvalidArgument("policy: a name or URL does not fit on one line of a policy file");
  return out;
}

}  // namespace parley::note
