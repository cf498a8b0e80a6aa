#pragma once

// Key names, key ids and verifier keys ("vkeys") of C2SP signed-note.
//
//   vkey = <name> + <key id, 8 hex digits> + <base64(type || public key)>      (joined by "+")
//   key id = first 4 bytes of SHA-256(name || 0x0A || type || public key), big-endian

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "crypto/sign.h"

namespace parley::note {

// The types this project uses; vkeys of other types are refused.
enum class KeyType : uint8_t {
  kEd25519 = 0x01,      // Ed25519 over the text: charters, identification lines
  kCosignature = 0x04,  // timestamped Ed25519 cosignature of a checkpoint
};

// 1..255 bytes of UTF-8 without "+", Unicode white space and control characters.
bool IsValidKeyName(std::string_view name);

// The key id; tells keys of one name apart and proves nothing by itself.
uint32_t NoteKeyId(std::string_view name, KeyType type, const PublicKey& key);

struct VerifierKey {
  std::string name;
  KeyType type = KeyType::kEd25519;
  PublicKey key;
  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;

  uint32_t id() const { return NoteKeyId(name, type, key); }
  std::string ToString() const;
  // INVALID_ARGUMENT also when the key id in the text is not the one of name, type and key: others
  // do not check it for cosigners, and a wrong one makes every signature look unknown.
  static StatusOr<VerifierKey> Parse(std::string_view text);
};

// "+" separated ids print as 8 lower-case hex digits.
std::string KeyIdText(uint32_t key_hash);

}  // namespace parley::note
