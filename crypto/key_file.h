#pragma once

// Secret keys on disk: one Ed25519 key per file, encrypted with a passphrase (Argon2id, RFC 9106;
// XChaCha20-Poly1305), mode 0600. The text says what the key is for, so that a person can recognise
// a file and a program refuses a key of another purpose. Exactly these lines, each ended by '\n':
//
//   parley-key-file/v1
//   purpose: officer                             root | node | cosigner | officer | ca | tls
//   name: north/anna                             member, or member/name (crypto/identity.h)
//   public: <64 hex digits>
//   fingerprint: ab12-cd34-...                   of the public key, as FingerprintOf writes it
//   kdf: argon2id opslimit=2 memlimit=67108864   passes; bytes of memory
//   salt: <base64 of 16 bytes>
//   nonce: <base64 of 24 bytes>
//   secret: <base64 of 48 bytes>                 the encrypted 32-byte seed and its 16-byte tag
//
// The associated data of the encryption is every byte before the last line: an edited header does
// not open. The parser accepts what the writer writes and nothing else, and refuses a kdf line that
// would cost more than limits::kKdfMemoryBytesMax or kKdfPassesMax before anything is allocated.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/status.h"
#include "crypto/passphrase.h"
#include "crypto/sign.h"

namespace parley {

// What a key may be used for. One key, one purpose.
enum class KeyPurpose { kRoot, kNode, kCosigner, kOfficer, kCa, kTls };
std::string_view KeyPurposeName(KeyPurpose purpose);    // "root", "node", ...
std::string_view KeyPurposePhrase(KeyPurpose purpose);  // "a root key", "an officer key", ...
StatusOr<KeyPurpose> ParseKeyPurpose(std::string_view name);

// How hard a passphrase is to guess. kMinimal protects nothing: for tests and throw-away networks.
enum class KdfCost {
  kMinimal,      // 8 KiB, 1 pass
  kInteractive,  // 64 MiB, 2 passes: daily keys, about a tenth of a second
  kStrong,       // 256 MiB, 3 passes: root and CA keys, about a second
};

// kStrong for root and CA keys, kInteractive for the others.
KdfCost DefaultKdfCost(KeyPurpose purpose);

// What a file says without its passphrase. Not authenticated until LoadKeyFile succeeds.
struct KeyFileInfo {
  KeyPurpose purpose;
  std::string label;
  PublicKey public_key;
  uint64_t kdf_passes;
  uint64_t kdf_memory_bytes;
};

// Encrypts and writes a new file. INVALID_ARGUMENT for a bad label, ALREADY_EXISTS when the path is
// taken (nothing is ever overwritten), RESOURCE_EXHAUSTED when the memory for the cost is not
// there.
Status WriteKeyFile(const std::filesystem::path& path, KeyPurpose purpose, std::string_view label,
                    const SecretKey& key, const Passphrase& passphrase, KdfCost cost);

// Opens a file. INVALID_ARGUMENT when the text is not as above, PERMISSION_DENIED when others can
// read it, FAILED_PRECONDITION when its purpose is not `want`, UNAUTHENTICATED when the passphrase
// is wrong or any line was changed (the two cannot be told apart).
StatusOr<SecretKey> LoadKeyFile(const std::filesystem::path& path, KeyPurpose want,
                                const Passphrase& passphrase);

// Reads the header without a passphrase; same checks of form and of permissions.
StatusOr<KeyFileInfo> InspectKeyFile(const std::filesystem::path& path);

// The same three on text, without files: for tests, fuzzing and tools that keep keys elsewhere.
StatusOr<std::string> SealKeyText(KeyPurpose purpose, std::string_view label, const SecretKey& key,
                                  const Passphrase& passphrase, KdfCost cost);
StatusOr<SecretKey> OpenKeyText(std::string_view text, KeyPurpose want,
                                const Passphrase& passphrase);
StatusOr<KeyFileInfo> InspectKeyText(std::string_view text);

}  // namespace parley
