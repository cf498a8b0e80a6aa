#include "ledger/note/signed_note.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "crypto/encoding.h"
#include "ledger/note/text.h"

namespace parley::note {
namespace {

constexpr size_t kKeyIdBytes = 4;

Status TooLong(size_t bytes) {
  return ResourceExhausted(fmt::format("note: {} bytes are over {}", bytes, limits::kNoteBytesMax));
}

Status TooManySignatures() {
  return ResourceExhausted(
      fmt::format("note: more than {} signature lines", limits::kNoteSignaturesMax));
}

Status CheckLine(const SignatureLine& line) {
  if (!IsValidKeyName(line.name))
    return InvalidArgument("signature line: the key name is not valid");
  if (line.bytes.empty())
    return InvalidArgument(fmt::format("signature line of {}: no signature", line.name));
  return absl::OkStatus();
}

Status Repeated(const SignatureLine& line) {
  return AlreadyExists(fmt::format("a second signature line of {} with key id {}", line.name,
                                   KeyIdText(line.key_hash)));
}

// A line without its newline, in a text whose characters were checked.
StatusOr<SignatureLine> ParseLine(std::string_view line) {
  if (!line.starts_with(kSignaturePrefix))
    return InvalidArgument("signature line: want an em dash and a space at the start");
  line.remove_prefix(kSignaturePrefix.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos)
    return InvalidArgument("signature line: want a key name, a space and base64");
  SignatureLine out;
  out.name = std::string(line.substr(0, space));
  if (!IsValidKeyName(out.name))
    return InvalidArgument("signature line: the key name is not valid");
  ASSIGN_OR_RETURN(const Bytes raw, Base64Decode(line.substr(space + 1)), "signature line of {}",
                   out.name);
  Decoder in(raw);
  ASSIGN_OR_RETURN(out.key_hash, in.U32(), "signature line of {}", out.name);
  out.bytes.assign(raw.begin() + kKeyIdBytes, raw.end());
  RETURN_IF_ERROR(CheckLine(out));
  return out;
}

}  // namespace

std::string SignatureLine::Serialize() const {
  const Bytes raw = Encoder().U32(key_hash).Raw(bytes).Take();
  return fmt::format("{}{} {}\n", kSignaturePrefix, name, Base64Encode(raw));
}

StatusOr<SignatureLine> SignatureLine::Parse(std::string_view line) {
  if (line.size() > limits::kNoteBytesMax) return TooLong(line.size());
  RETURN_IF_ERROR(CheckPlainText(line), "signature line");
  const std::optional<std::string_view> content = TakeLine(&line);
  if (!content || !line.empty())
    return InvalidArgument("signature line: want one line that ends in a newline");
  return ParseLine(*content);
}

Status CheckNoteText(std::string_view text) {
  if (text.size() > limits::kNoteBytesMax) return TooLong(text.size());
  if (!text.ends_with('\n')) return InvalidArgument("note: the text must end in a newline");
  return Annotate(CheckPlainText(text), "note");
}

StatusOr<SignedNote> SignedNote::FromText(std::string_view text) {
  RETURN_IF_ERROR(CheckNoteText(text));
  SignedNote out;
  out.text_ = std::string(text);
  return out;
}

StatusOr<SignedNote> SignedNote::Parse(std::string_view note) {
  RETURN_IF_ERROR(CheckNoteText(note));
  const size_t blank = note.rfind("\n\n");
  if (blank == std::string_view::npos)
    return InvalidArgument("note: want a blank line before the signature lines");
  std::string_view rest = note.substr(blank + 2);
  if (rest.empty()) return InvalidArgument("note: want at least one signature line");
  SignedNote out;
  out.text_ = std::string(note.substr(0, blank + 1));
  while (const std::optional<std::string_view> content = TakeLine(&rest)) {
    const size_t number = out.signatures_.size() + 1;
    if (number > limits::kNoteSignaturesMax) return TooManySignatures();
    ASSIGN_OR_RETURN(SignatureLine line, ParseLine(*content), "note: signature {}", number);
    if (out.Find(line.name, line.key_hash) != nullptr)
      return InvalidArgument(fmt::format("note: {}", MessageOf(Repeated(line))));
    out.signatures_.push_back(std::move(line));
  }
  return out;
}

std::string SignedNote::Serialize() const {
  std::string out = text_ + "\n";
  for (const SignatureLine& line : signatures_) out += line.Serialize();
  return out;
}

const SignatureLine* SignedNote::Find(std::string_view name, uint32_t key_hash) const {
  const auto it = std::find_if(signatures_.begin(), signatures_.end(), [&](const SignatureLine& l) {
    return l.key_hash == key_hash && l.name == name;
  });
  return it == signatures_.end() ? nullptr : &*it;
}

Status SignedNote::Add(SignatureLine line) {
  RETURN_IF_ERROR(CheckLine(line));
  if (Find(line.name, line.key_hash) != nullptr) return Repeated(line);
  if (signatures_.size() >= limits::kNoteSignaturesMax) return TooManySignatures();
  const size_t bytes = Serialize().size() + line.Serialize().size();
  if (bytes > limits::kNoteBytesMax) return TooLong(bytes);
  signatures_.push_back(std::move(line));
  return absl::OkStatus();
}

StatusOr<SignatureLine> SignText(std::string_view text, std::string_view key_name,
                                 const SecretKey& key) {
  RETURN_IF_ERROR(CheckNoteText(text));
  if (!IsValidKeyName(key_name)) return InvalidArgument("note: the key name is not valid");
  const Signature signature = key.Sign(AsBytes(text));
  return SignatureLine{std::string(key_name),
                       NoteKeyId(key_name, KeyType::kEd25519, key.public_key()),
                       Bytes(signature.bytes().begin(), signature.bytes().end())};
}

Status VerifySignature(const SignedNote& note, const VerifierKey& key) {
  if (key.type != KeyType::kEd25519)
    return InvalidArgument(fmt::format("note: the key of {} is not of type 0x01", key.name));
  const SignatureLine* line = note.Find(key.name, key.id());
  if (line == nullptr) {
    return NotFound(
        fmt::format("note: no signature line of {} with key id {}", key.name, KeyIdText(key.id())));
  }
  const auto signature = Signature::FromBytes(line->bytes);
  if (signature.ok() && Verify(key.key, AsBytes(note.text()), *signature)) return absl::OkStatus();
  return Unauthenticated(fmt::format("note: the signature of {} (key id {}) does not verify",
                                     key.name, KeyIdText(key.id())));
}

}  // namespace parley::note
