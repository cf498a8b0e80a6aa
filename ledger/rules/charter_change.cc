#include "ledger/rules/charter_change.h"

#include <algorithm>

#include "base/limits.h"
#include "ledger/note/verifier_key.h"

namespace parley::rules {
namespace {

note::VerifierKey RootKeyOf(const Charter& charter, const CharterMember& member) {
  return {charter.RootKeyName(member.name), note::KeyType::kEd25519, member.root_key};
}

bool Signed(const note::SignedNote& note, const Charter& charter, const CharterMember& member) {
  return note::VerifySignature(note, RootKeyOf(charter, member)).ok();
}

bool SameOfficers(const CharterMember& a, const CharterMember& b) {
  return std::equal(a.officers.begin(), a.officers.end(), b.officers.begin(), b.officers.end(),
                    [](const CharterOfficer& x, const CharterOfficer& y) {
                      return x.name == y.name && x.key == y.key && x.capabilities == y.capabilities;
                    });
}

bool SameKeys(const CharterMember& a, const CharterMember& b) {
  return a.root_key == b.root_key && a.node_key == b.node_key && a.cosigner_key == b.cosigner_key &&
         a.ca_certificate == b.ca_certificate;
}

// Every line is a valid signature of a root key of either charter.
Status CheckLines(const Charter& before, const Charter& after, const note::SignedNote& note) {
  for (const note::SignatureLine& line : note.signatures()) {
    bool known = false;
    for (const Charter* charter : {&before, &after}) {
      for (const CharterMember& member : charter->members()) {
        const note::VerifierKey key = RootKeyOf(*charter, member);
        if (line.name != key.name || line.key_hash != key.id()) continue;
        known = true;
        RETURN_IF_ERROR(note::VerifySignature(note, key), "charter note: root key of {}",
                        member.name);
      }
    }
    if (!known)
      return InvalidArgument(fmt::format(
          "charter note: the line of '{}' belongs to no root key of the present or the new charter",
          line.name));
  }
  return absl::OkStatus();
}

// The signing member whose change of its node's keys makes this text of the present one; empty when
// there is none.
std::string RotatingMember(const Charter& before, const Charter& after,
                           const MemberSet& approving) {
  for (const std::string& name : approving) {
    const CharterMember* member = after.FindMember(name);
    if (member == nullptr) continue;
    const StatusOr<std::string> text =
        RotatedText(before, name, {member->node_key, member->cosigner_key});
    if (text.ok() && *text == after.text()) return name;
  }
  return "";
}

// Whoever must sign for itself, whatever the policy says.
void AddOwnConsents(const Charter& before, const Charter& after, const note::SignedNote& note,
                    Consent* out) {
  for (const CharterMember& member : after.members()) {
    const CharterMember* old = before.FindMember(member.name);
    const bool new_root = old == nullptr || old->root_key != member.root_key;
    if (new_root && !Signed(note, after, member))
      out->missing.push_back(fmt::format("{} with its new root key", member.name));
    if (old != nullptr && !SameKeys(*old, member) && !out->approving.contains(member.name))
      out->missing.push_back(fmt::format("{}, whose keys change", member.name));
  }
}

}  // namespace

Status CheckSuccessor(const Charter& before, const Charter& after) {
  if (after.version() != before.version() + 1)
    return FailedPrecondition(fmt::format("charter: version {} cannot follow version {}",
                                          after.version(), before.version()));
  if (after.ledger_id() != before.ledger_id())
    return InvalidArgument(fmt::format("charter: ledger_id is {}, this ledger is {}",
                                       after.ledger_id(), before.ledger_id()));
  if (after.previous() != before.hash())
    return FailedPrecondition(fmt::format("charter: it replaces the text {}, in force is {}",
                                          after.previous(), before.hash()));
  if (after.origin() != before.origin() ||
      after.proto().founded_at() != before.proto().founded_at())
    return InvalidArgument("charter: origin and founded_at stay what they are");
  for (const CharterMember& member : after.members()) {
    const CharterMember* old = before.FindMember(member.name);
    if (old != nullptr && !SameOfficers(*old, member))
      return InvalidArgument(fmt::format(
          "charter: the officers of {} differ; they are enrolled and revoked on the ledger",
          member.name));
  }
  return absl::OkStatus();
}

StatusOr<Consent> JudgeConsent(const Charter& before, const Charter& after,
                               const note::SignedNote& note) {
  RETURN_IF_ERROR(CheckLines(before, after, note));
  Consent out;
  for (const CharterMember& member : before.members())
    if (Signed(note, before, member)) out.approving.insert(member.name);
  AddOwnConsents(before, after, note, &out);
  const v1::Policy& policy = before.proto().policies().charter_change();
  if (PolicyMet(policy, before, out.approving)) return out;
  out.alone = RotatingMember(before, after, out.approving);
  if (!out.alone.empty()) return out;
  std::string absent;
  for (const std::string& member : PolicyMembers(policy, before))
    if (!out.approving.contains(member)) absent += (absent.empty() ? "" : ", ") + member;
  out.missing.push_back(
      fmt::format("{} (not yet: {})", DescribePolicy(policy), absent.empty() ? "nobody" : absent));
  return out;
}

StatusOr<note::SignedNote> MergeNotes(const note::SignedNote& a, const note::SignedNote& b) {
  if (a.text() != b.text()) return InvalidArgument("charter notes: they are of two texts");
  std::vector<note::SignatureLine> lines = a.signatures();
  for (const note::SignatureLine& line : b.signatures())
    if (a.Find(line.name, line.key_hash) == nullptr) lines.push_back(line);
  // Key names are "<origin>/<member>/root": without the tail they sort like the members.
  const auto member_of = [](const note::SignatureLine& line) {
    return std::string_view(line.name).substr(0, line.name.rfind('/'));
  };
  std::sort(lines.begin(), lines.end(), [&](const auto& x, const auto& y) {
    return member_of(x) != member_of(y) ? member_of(x) < member_of(y) : x.key_hash < y.key_hash;
  });
  ASSIGN_OR_RETURN(note::SignedNote out, note::SignedNote::FromText(a.text()));
  for (note::SignatureLine& line : lines) RETURN_IF_ERROR(out.Add(std::move(line)));
  return out;
}

StatusOr<std::string> AddSuccessorSignature(const Charter& before, std::string_view note_or_text,
                                            std::string_view member, const SecretKey& root_key) {
  StatusOr<note::SignedNote> note = note::SignedNote::Parse(note_or_text);
  if (!note.ok()) note = note::SignedNote::FromText(note_or_text);
  RETURN_IF_ERROR(note.status(), "charter");
  ASSIGN_OR_RETURN(const Charter after, Charter::ParseText(note->text()));
  RETURN_IF_ERROR(CheckSuccessor(before, after));
  RETURN_IF_ERROR(CheckLines(before, after, *note));
  bool its_own = false;
  for (const Charter* charter : {&before, &after}) {
    const CharterMember* found = charter->FindMember(member);
    its_own = its_own || (found != nullptr && found->root_key == root_key.public_key());
  }
  if (!its_own)
    return PermissionDenied(fmt::format("charter: {} has no root key {} in either charter", member,
                                        FingerprintOf(root_key.public_key())));
  ASSIGN_OR_RETURN(note::SignedNote line, note::SignedNote::FromText(note->text()));
  ASSIGN_OR_RETURN(note::SignatureLine signature,
                   note::SignText(note->text(), after.RootKeyName(member), root_key));
  RETURN_IF_ERROR(line.Add(std::move(signature)));
  ASSIGN_OR_RETURN(const note::SignedNote merged, MergeNotes(*note, line));
  std::string bytes = merged.Serialize();
  if (bytes.size() > limits::kCharterNoteBytesMax)
    return InvalidArgument(fmt::format("charter note: {} bytes, at most {} are allowed",
                                       bytes.size(), limits::kCharterNoteBytesMax));
  return bytes;
}

StatusOr<Charter> Charter::ParseAdopted(std::string_view note_bytes, const Charter& before) {
  ASSIGN_OR_RETURN(const note::SignedNote note, note::SignedNote::Parse(note_bytes),
                   "charter note");
  ASSIGN_OR_RETURN(Charter out, ParseText(note.text()));
  RETURN_IF_ERROR(CheckSuccessor(before, out));
  ASSIGN_OR_RETURN(const Consent consent, JudgeConsent(before, out, note));
  if (!consent.met())
    return Unauthenticated(fmt::format("charter note of version {}: not signed by: {}",
                                       out.version(), fmt::join(consent.missing, "; ")));
  ASSIGN_OR_RETURN(const note::SignedNote sorted, MergeNotes(note, note));
  if (sorted.Serialize() != note_bytes)
    return InvalidArgument("charter note: its lines do not stand in the order of members");
  out.note_ = std::string(note_bytes);
  return out;
}

StatusOr<std::vector<Charter>> ParseCharterChain(const std::vector<std::string>& notes) {
  std::vector<Charter> out;
  for (const std::string& note : notes) {
    StatusOr<Charter> next =
        out.empty() ? Charter::ParseNote(note) : Charter::ParseAdopted(note, out.back());
    RETURN_IF_ERROR(next.status(), "charter {} of {}", out.size() + 1, notes.size());
    out.push_back(*std::move(next));
  }
  if (out.empty()) return InvalidArgument("no charter");
  return out;
}

}  // namespace parley::rules
