// The charter's signatures: one line of every member's root key, in the order of the members.

#include "base/limits.h"
#include "ledger/note/signed_note.h"
#include "ledger/rules/charter.h"

namespace parley::rules {
namespace {

note::VerifierKey RootKeyOf(const Charter& charter, const CharterMember& member) {
  return {charter.RootKeyName(member.name), note::KeyType::kEd25519, member.root_key};
}

Status CheckNoteSize(std::string_view note) {
  if (note.size() <= limits::kCharterNoteBytesMax) return absl::OkStatus();
  return InvalidArgument(fmt::format("charter note: {} bytes, at most {} are allowed", note.size(),
                                     limits::kCharterNoteBytesMax));
}

// A note, or a text that nobody has signed yet.
StatusOr<note::SignedNote> ReadNoteOrText(std::string_view note_or_text) {
  StatusOr<note::SignedNote> note = note::SignedNote::Parse(note_or_text);
  if (note.ok()) return note;
  return note::SignedNote::FromText(note_or_text);
}

// Lines of others than the charter's root keys have no place in a charter.
Status CheckNoStrangers(const note::SignedNote& note, const Charter& charter) {
  size_t known = 0;
  for (const CharterMember& member : charter.members()) {
    const note::VerifierKey key = RootKeyOf(charter, member);
    if (note.Find(key.name, key.id()) != nullptr) ++known;
  }
  if (known == note.signatures().size()) return absl::OkStatus();
  return InvalidArgument(
      fmt::format("charter note: {} of its {} signature lines belong to no root key of the charter",
                  note.signatures().size() - known, note.signatures().size()));
}

}  // namespace

StatusOr<Charter> Charter::ParseNote(std::string_view note_bytes) {
  RETURN_IF_ERROR(CheckNoteSize(note_bytes));
  if (note_bytes.find("\n\n\u2014 ") == std::string_view::npos)
    return InvalidArgument("charter note: nobody has signed it; want the note with all signatures");
  ASSIGN_OR_RETURN(const note::SignedNote note, note::SignedNote::Parse(note_bytes),
                   "charter note");
  ASSIGN_OR_RETURN(Charter out, ParseText(note.text()));
  if (out.version() != 1)
    return InvalidArgument(
        fmt::format("charter note: version {} is a later charter; want the founding one, version 1",
                    out.version()));
  std::string wrong;
  for (const CharterMember& member : out.members_)
    if (!note::VerifySignature(note, RootKeyOf(out, member)).ok())
      wrong += (wrong.empty() ? "" : ", ") + member.name;
  if (!wrong.empty())
    return Unauthenticated(
        fmt::format("charter note: no valid signature of the root key of: {}", wrong));
  RETURN_IF_ERROR(CheckNoStrangers(note, out));
  for (size_t i = 0; i < out.members_.size(); ++i)
    if (note.signatures()[i].name != out.RootKeyName(out.members_[i].name))
      return InvalidArgument(fmt::format(
          "charter note: signature line {} is of '{}'; lines stand in the order of the members",
          i + 1, note.signatures()[i].name));
  out.note_ = std::string(note_bytes);
  return out;
}

StatusOr<Charter> Charter::FromState(std::string_view note_bytes) {
  ASSIGN_OR_RETURN(const note::SignedNote note, note::SignedNote::Parse(note_bytes),
                   "charter note");
  ASSIGN_OR_RETURN(Charter out, ParseText(note.text()));
  out.note_ = std::string(note_bytes);
  return out;
}

StatusOr<std::string> AddCharterSignature(std::string_view note_or_text, std::string_view member,
                                          const SecretKey& root_key) {
  ASSIGN_OR_RETURN(const note::SignedNote note, ReadNoteOrText(note_or_text), "charter");
  ASSIGN_OR_RETURN(const Charter charter, Charter::ParseText(note.text()));
  RETURN_IF_ERROR(CheckNoStrangers(note, charter));
  const CharterMember* signer = charter.FindMember(member);
  if (signer == nullptr) return NotFound(fmt::format("charter: has no member '{}'", member));
  if (signer->root_key != root_key.public_key())
    return PermissionDenied(fmt::format("charter: the root key of {} is {}, not {}", member,
                                        FingerprintOf(signer->root_key),
                                        FingerprintOf(root_key.public_key())));
  ASSIGN_OR_RETURN(const note::SignatureLine line,
                   note::SignText(note.text(), charter.RootKeyName(member), root_key));
  ASSIGN_OR_RETURN(note::SignedNote out, note::SignedNote::FromText(note.text()));
  for (const CharterMember& each : charter.members()) {
    const note::VerifierKey key = RootKeyOf(charter, each);
    const note::SignatureLine* held = each.name == member ? &line : note.Find(key.name, key.id());
    if (held != nullptr) RETURN_IF_ERROR(out.Add(*held));
  }
  std::string bytes = out.Serialize();
  RETURN_IF_ERROR(CheckNoteSize(bytes));
  return bytes;
}

}  // namespace parley::rules
