#pragma once

// C2SP signed-note: a text that any number of keys have signed, as one file.
//
//   <text, ends in \n> \n <U+2014> <key name> <base64(key id[4] || signature)> \n ...
//
// The signatures cover the text with its final newline; the blank line after it belongs to neither.
// Since texts may hold blank lines, the last one separates. Checkpoints and charters are such
// notes.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "crypto/bytes.h"
#include "crypto/sign.h"
#include "ledger/note/verifier_key.h"

namespace parley::note {

struct SignatureLine {
  std::string name;       // of the key; IsValidKeyName
  uint32_t key_hash = 0;  // NoteKeyId, big-endian in the line
  Bytes bytes;            // what follows the key id: 64 bytes for type 0x01, 72 for type 0x04
  friend bool operator==(const SignatureLine&, const SignatureLine&) = default;

  // "— <name> <base64>\n".
  std::string Serialize() const;
  // One line with its newline, as a witness or peer sends it. INVALID_ARGUMENT says what is wrong.
  static StatusOr<SignatureLine> Parse(std::string_view line);
};

// Immutable but for Add. Whatever exists obeys the format: a text that CheckNoteText takes, at most
// kNoteSignaturesMax lines, no two of one (name, key id).
class SignedNote {
 public:
  // A note that nobody has signed yet.
  static StatusOr<SignedNote> FromText(std::string_view text);

  // At least one signature line. INVALID_ARGUMENT names the first thing wrong: no newline at the
  // end, control characters (carriage returns too), malformed UTF-8, a line that is no signature,
  // base64 that is not canonical, a repeated (name, key id); RESOURCE_EXHAUSTED when longer than
  // the limits.
  static StatusOr<SignedNote> Parse(std::string_view note);

  // The same bytes that were parsed. Lines stand in the order in which they came.
  std::string Serialize() const;

  const std::string& text() const { return text_; }
  const std::vector<SignatureLine>& signatures() const { return signatures_; }

  // The line of this (name, key id), or nullptr. Valid until the next Add.
  const SignatureLine* Find(std::string_view name, uint32_t key_hash) const;

  // Adds a line at the end. ALREADY_EXISTS when there is one of this (name, key id).
  Status Add(SignatureLine line);

  friend bool operator==(const SignedNote&, const SignedNote&) = default;

 private:
  std::string text_;
  std::vector<SignatureLine> signatures_;
};

// OK when the text can be signed: not empty, ends in a newline, UTF-8, no byte below 0x20 but \n,
// within kNoteBytesMax.
Status CheckNoteText(std::string_view text);

// A line of type 0x01 (Ed25519 over the text). INVALID_ARGUMENT when the text or the name is not
// valid.
StatusOr<SignatureLine> SignText(std::string_view text, std::string_view key_name,
                                 const SecretKey& key);

// OK when the note carries a valid line of this key, which must be of type 0x01. NOT_FOUND when
// there is no line of this (name, key id), UNAUTHENTICATED when there is one and it does not
// verify.
Status VerifySignature(const SignedNote& note, const VerifierKey& key);

}  // namespace parley::note
