#include "crypto/key_file.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/identity.h"
#include "crypto/private_file.h"

namespace parley {
namespace {

constexpr std::string_view kFirstLine = "parley-key-file/v1";
constexpr size_t kSeedBytes = crypto_sign_SEEDBYTES;
constexpr size_t kSealedBytes = kSeedBytes + crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::array kPurposes = {KeyPurpose::kRoot,    KeyPurpose::kNode, KeyPurpose::kCosigner,
                                  KeyPurpose::kOfficer, KeyPurpose::kCa,   KeyPurpose::kTls};

struct SaltTag {
  static constexpr std::string_view kName = "salt";
};
struct NonceTag {
  static constexpr std::string_view kName = "nonce";
};
struct SealedTag {
  static constexpr std::string_view kName = "secret";
};
using Salt = FixedBytes<SaltTag, crypto_pwhash_SALTBYTES>;
using Nonce = FixedBytes<NonceTag, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES>;
using Sealed = FixedBytes<SealedTag, kSealedBytes>;

struct SodiumFree {
  void operator()(uint8_t* p) const { sodium_free(p); }
};
using Guarded = std::unique_ptr<uint8_t[], SodiumFree>;

struct Kdf {
  uint64_t passes;
  uint64_t memory_bytes;
};

// A parsed file. `header` borrows from the text: everything before the last line.
struct Parsed {
  KeyFileInfo info;
  Salt salt;
  Nonce nonce;
  Sealed sealed;
  std::string_view header;
};

Kdf KdfOf(KdfCost cost) {
  switch (cost) {
    case KdfCost::kMinimal:
      return {crypto_pwhash_argon2id_OPSLIMIT_MIN, crypto_pwhash_argon2id_MEMLIMIT_MIN};
    case KdfCost::kInteractive:
      return {2, 64ULL << 20};
    case KdfCost::kStrong:
      return {3, 256ULL << 20};
  }
  PARLEY_CHECK(false);
}

// Takes lines off the front of a text, each of which must be there in its order.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}

  // The value of the line "<key>: <value>".
  StatusOr<std::string_view> Field(std::string_view key) {
    ASSIGN_OR_RETURN(const std::string_view line, Line());
    if (!line.starts_with(key) || line.substr(key.size(), 2) != ": ")
      return InvalidArgument(fmt::format("line {}: want '{}: ...'", number_, key));
    return line.substr(key.size() + 2);
  }
  StatusOr<std::string_view> Line() {
    ++number_;
    const size_t end = rest_.find('\n');
    if (end == std::string_view::npos)
      return InvalidArgument(fmt::format("line {}: missing, or without a newline", number_));
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return line;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  int number_ = 0;
};

// Decimal without sign or leading zeros.
std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  return value;
}

std::string KdfLine(const Kdf& kdf) {
  return fmt::format("argon2id opslimit={} memlimit={}", kdf.passes, kdf.memory_bytes);
}

StatusOr<Kdf> ParseKdf(std::string_view text) {
  const Status bad = InvalidArgument("kdf: want 'argon2id opslimit=<passes> memlimit=<bytes>'");
  constexpr std::string_view kHead = "argon2id opslimit=";
  constexpr std::string_view kMiddle = " memlimit=";
  const size_t middle = text.find(kMiddle);
  if (!text.starts_with(kHead) || middle == std::string_view::npos || middle < kHead.size())
    return bad;
  const auto passes = ParseNumber(text.substr(kHead.size(), middle - kHead.size()));
  const auto memory = ParseNumber(text.substr(middle + kMiddle.size()));
  if (!passes || !memory) return bad;
  if (*passes > limits::kKdfPassesMax || *memory > limits::kKdfMemoryBytesMax)
    return InvalidArgument(fmt::format(
        "kdf: opslimit {} and memlimit {} are over the limits of {} passes and {} bytes", *passes,
        *memory, limits::kKdfPassesMax, limits::kKdfMemoryBytesMax));
  if (*passes < crypto_pwhash_argon2id_OPSLIMIT_MIN ||
      *memory < crypto_pwhash_argon2id_MEMLIMIT_MIN)
    return InvalidArgument("kdf: opslimit or memlimit is below what Argon2id can do");
  return Kdf{*passes, *memory};
}

Status CheckLabel(std::string_view label) {
  const size_t slash = label.find('/');
  const bool ok = IsName(label.substr(0, slash)) &&
                  (slash == std::string_view::npos || IsName(label.substr(slash + 1)));
  if (ok) return absl::OkStatus();
  return InvalidArgument("name: want member or member/name, each [a-z0-9][a-z0-9-]{0,31}");
}

template <class T>
StatusOr<T> ParseBase64(std::string_view text) {
  // The length first: a hostile line must not make us decode more than we want.
  if (text.size() != (T::kSize + 2) / 3 * 4)
    return InvalidArgument(fmt::format("want base64 of {} bytes", T::kSize));
  ASSIGN_OR_RETURN(const Bytes bytes, Base64Decode(text));
  return T::FromBytes(bytes);
}

StatusOr<KeyFileInfo> ParseHead(LineReader& in) {
  const auto first = in.Line();
  if (!first.ok() || *first != kFirstLine)
    return InvalidArgument(
        fmt::format("line 1: want '{}': not a key file, or of another version", kFirstLine));
  KeyFileInfo out{};
  ASSIGN_OR_RETURN(const std::string_view purpose, in.Field("purpose"));
  ASSIGN_OR_RETURN(out.purpose, ParseKeyPurpose(purpose));
  ASSIGN_OR_RETURN(const std::string_view label, in.Field("name"));
  RETURN_IF_ERROR(CheckLabel(label));
  out.label = std::string(label);
  ASSIGN_OR_RETURN(const std::string_view key, in.Field("public"));
  ASSIGN_OR_RETURN(out.public_key, PublicKey::FromHex(key), "public");
  ASSIGN_OR_RETURN(const std::string_view fingerprint, in.Field("fingerprint"));
  if (fingerprint != FingerprintOf(out.public_key))
    return InvalidArgument("fingerprint: is not that of the public key above it");
  ASSIGN_OR_RETURN(const std::string_view kdf_text, in.Field("kdf"));
  ASSIGN_OR_RETURN(const Kdf kdf, ParseKdf(kdf_text));
  out.kdf_passes = kdf.passes;
  out.kdf_memory_bytes = kdf.memory_bytes;
  return out;
}

StatusOr<Parsed> Parse(std::string_view text) {
  if (text.size() > limits::kKeyFileBytesMax)
    return InvalidArgument(fmt::format("key file: {} bytes are over the limit of {}", text.size(),
                                       limits::kKeyFileBytesMax));
  LineReader in(text);
  Parsed out{};
  ASSIGN_OR_RETURN(out.info, ParseHead(in), "key file");
  ASSIGN_OR_RETURN(const std::string_view salt, in.Field("salt"), "key file");
  ASSIGN_OR_RETURN(out.salt, ParseBase64<Salt>(salt), "key file: salt");
  ASSIGN_OR_RETURN(const std::string_view nonce, in.Field("nonce"), "key file");
  ASSIGN_OR_RETURN(out.nonce, ParseBase64<Nonce>(nonce), "key file: nonce");
  out.header = text.substr(0, text.size() - in.rest().size());
  ASSIGN_OR_RETURN(const std::string_view sealed, in.Field("secret"), "key file");
  ASSIGN_OR_RETURN(out.sealed, ParseBase64<Sealed>(sealed), "key file: secret");
  if (!in.rest().empty())
    return InvalidArgument(
        fmt::format("key file: {} bytes follow the last line", in.rest().size()));
  return out;
}

StatusOr<Guarded> GuardedBytes(size_t size) {
  Guarded out(static_cast<uint8_t*>(sodium_malloc(size)));
  if (out == nullptr) return ResourceExhausted("key file: no guarded memory (ulimit -l?)");
  return out;
}

StatusOr<Guarded> DeriveKey(const Passphrase& passphrase, const Salt& salt, const Kdf& kdf) {
  ASSIGN_OR_RETURN(Guarded key, GuardedBytes(crypto_aead_xchacha20poly1305_ietf_KEYBYTES));
  const ByteSpan secret = passphrase.InsecureBytes();
  if (crypto_pwhash(key.get(), crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
                    reinterpret_cast<const char*>(secret.data()), secret.size(),
                    salt.bytes().data(), kdf.passes, kdf.memory_bytes,
                    crypto_pwhash_ALG_ARGON2ID13) != 0)
    return ResourceExhausted(
        fmt::format("key file: Argon2id needs {} MiB of memory", kdf.memory_bytes >> 20));
  return key;
}

std::string HeaderText(const KeyFileInfo& info, const Salt& salt, const Nonce& nonce) {
  return fmt::format(
      "{}\npurpose: {}\nname: {}\npublic: {}\nfingerprint: {}\nkdf: {}\nsalt: {}\nnonce: {}\n",
      kFirstLine, KeyPurposeName(info.purpose), info.label, info.public_key.ToHex(),
      FingerprintOf(info.public_key), KdfLine({info.kdf_passes, info.kdf_memory_bytes}),
      Base64Encode(salt.bytes()), Base64Encode(nonce.bytes()));
}

}  // namespace

std::string_view KeyPurposeName(KeyPurpose purpose) {
  switch (purpose) {
    case KeyPurpose::kRoot:
      return "root";
    case KeyPurpose::kNode:
      return "node";
    case KeyPurpose::kCosigner:
      return "cosigner";
    case KeyPurpose::kOfficer:
      return "officer";
    case KeyPurpose::kCa:
      return "ca";
    case KeyPurpose::kTls:
      return "tls";
  }
  return "unknown";
}

std::string_view KeyPurposePhrase(KeyPurpose purpose) {
  switch (purpose) {
    case KeyPurpose::kRoot:
      return "a root key";
    case KeyPurpose::kNode:
      return "a node key";
    case KeyPurpose::kCosigner:
      return "a cosigner key";
    case KeyPurpose::kOfficer:
      return "an officer key";
    case KeyPurpose::kCa:
      return "a CA key";
    case KeyPurpose::kTls:
      return "a TLS key";
  }
  return "a key of no known purpose";
}

StatusOr<KeyPurpose> ParseKeyPurpose(std::string_view name) {
  for (const KeyPurpose purpose : kPurposes) {
    if (name == KeyPurposeName(purpose)) return purpose;
  }
  return InvalidArgument("purpose: want root, node, cosigner, officer, ca or tls");
}

KdfCost DefaultKdfCost(KeyPurpose purpose) {
  const bool rare = purpose == KeyPurpose::kRoot || purpose == KeyPurpose::kCa;
  return rare ? KdfCost::kStrong : KdfCost::kInteractive;
}

StatusOr<std::string> SealKeyText(KeyPurpose purpose, std::string_view label, const SecretKey& key,
                                  const Passphrase& passphrase, KdfCost cost) {
  RETURN_IF_ERROR(CheckLabel(label), "key file");
  const Kdf kdf = KdfOf(cost);
  const KeyFileInfo info{purpose, std::string(label), key.public_key(), kdf.passes,
                         kdf.memory_bytes};
  ASSIGN_OR_RETURN(const Salt salt, Salt::FromBytes(RandomBytes(Salt::kSize)));
  ASSIGN_OR_RETURN(const Nonce nonce, Nonce::FromBytes(RandomBytes(Nonce::kSize)));
  ASSIGN_OR_RETURN(const Guarded secret, DeriveKey(passphrase, salt, kdf));
  const std::string header = HeaderText(info, salt, nonce);
  std::array<uint8_t, kSealedBytes> sealed{};
  const ByteSpan seed = key.InsecureSeed();
  PARLEY_CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(
                   sealed.data(), nullptr, seed.data(), seed.size(), AsBytes(header).data(),
                   header.size(), nullptr, nonce.bytes().data(), secret.get()) == 0);
  return fmt::format("{}secret: {}\n", header, Base64Encode(sealed));
}

StatusOr<SecretKey> OpenKeyText(std::string_view text, KeyPurpose want,
                                const Passphrase& passphrase) {
  ASSIGN_OR_RETURN(const Parsed file, Parse(text));
  // Before the passphrase is tried, for a clear message; the header is authenticated below.
  if (file.info.purpose != want)
    return FailedPrecondition(fmt::format("key file: its purpose is {}, want {}",
                                          KeyPurposeName(file.info.purpose), KeyPurposeName(want)));
  const Kdf kdf{file.info.kdf_passes, file.info.kdf_memory_bytes};
  ASSIGN_OR_RETURN(const Guarded secret, DeriveKey(passphrase, file.salt, kdf));
  ASSIGN_OR_RETURN(const Guarded seed, GuardedBytes(kSeedBytes));
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(seed.get(), nullptr, nullptr,
                                                 file.sealed.bytes().data(), kSealedBytes,
                                                 AsBytes(file.header).data(), file.header.size(),
                                                 file.nonce.bytes().data(), secret.get()) != 0)
    return Unauthenticated("key file: wrong passphrase, or the file was changed");
  ASSIGN_OR_RETURN(SecretKey key, SecretKey::FromSeed({seed.get(), kSeedBytes}));
  if (key.public_key() != file.info.public_key)
    return DataLoss("key file: the secret does not belong to the public key in the file");
  return key;
}

StatusOr<KeyFileInfo> InspectKeyText(std::string_view text) {
  ASSIGN_OR_RETURN(Parsed file, Parse(text));
  return std::move(file.info);
}

Status WriteKeyFile(const std::filesystem::path& path, KeyPurpose purpose, std::string_view label,
                    const SecretKey& key, const Passphrase& passphrase, KdfCost cost) {
  // Asked first only to save the wait; WritePrivateFile decides.
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(path, ignored)))
    return AlreadyExists(fmt::format("{}: exists and is not overwritten", path.string()));
  ASSIGN_OR_RETURN(const std::string text, SealKeyText(purpose, label, key, passphrase, cost));
  return WritePrivateFile(path, text);
}

StatusOr<SecretKey> LoadKeyFile(const std::filesystem::path& path, KeyPurpose want,
                                const Passphrase& passphrase) {
  ASSIGN_OR_RETURN(const std::string text, ReadPrivateText(path, limits::kKeyFileBytesMax));
  ASSIGN_OR_RETURN(SecretKey key, OpenKeyText(text, want, passphrase), "{}", path.string());
  return key;
}

StatusOr<KeyFileInfo> InspectKeyFile(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadPrivateText(path, limits::kKeyFileBytesMax));
  ASSIGN_OR_RETURN(KeyFileInfo info, InspectKeyText(text), "{}", path.string());
  return info;
}

}  // namespace parley
