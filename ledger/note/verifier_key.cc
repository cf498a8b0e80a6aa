#include "ledger/note/verifier_key.h"

#include "crypto/encoding.h"
#include "ledger/note/text.h"

namespace parley::note {
namespace {

constexpr size_t kKeyNameBytesMax = 255;  // one length byte in later signature types

Bytes TypeAndKey(KeyType type, const PublicKey& key) {
  return Encoder().U8(static_cast<uint8_t>(type)).Fixed(key).Take();
}

}  // namespace

bool IsValidKeyName(std::string_view name) {
  if (name.empty() || name.size() > kKeyNameBytesMax) return false;
  while (!name.empty()) {
    const std::optional<CodePoint> c = DecodeUtf8(name);
    if (!c || c->value < 0x20 || c->value == '+' || IsUnicodeSpace(c->value)) return false;
    name.remove_prefix(c->bytes);
  }
  return true;
}

uint32_t NoteKeyId(std::string_view name, KeyType type, const PublicKey& key) {
  const Encoder bytes = Encoder().Raw(AsBytes(name)).U8('\n').Raw(TypeAndKey(type, key));
  const std::array<uint8_t, 32> digest = Sha256Raw(bytes.bytes());
  uint32_t id = 0;
  for (size_t i = 0; i < 4; ++i) id = id << 8 | digest[i];
  return id;
}

std::string KeyIdText(uint32_t key_hash) { return fmt::format("{:08x}", key_hash); }

std::string VerifierKey::ToString() const {
  return fmt::format("{}+{}+{}", name, KeyIdText(id()), Base64Encode(TypeAndKey(type, key)));
}

StatusOr<VerifierKey> VerifierKey::Parse(std::string_view text) {
  // Base64 may hold "+" too, so only the first two separate.
  const size_t first = text.find('+');
  const size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos)
    return InvalidArgument("verifier key: want <name>+<key id>+<base64>");
  VerifierKey out;
  out.name = std::string(text.substr(0, first));
  if (!IsValidKeyName(out.name)) return InvalidArgument("verifier key: the name is not valid");
  ASSIGN_OR_RETURN(const Bytes raw, Base64Decode(text.substr(second + 1)), "verifier key {}",
                   out.name);
  if (raw.size() != 1 + PublicKey::kSize) {
    return InvalidArgument(fmt::format("verifier key {}: want {} bytes, got {}", out.name,
                                       1 + PublicKey::kSize, raw.size()));
  }
  out.type = static_cast<KeyType>(raw[0]);
  if (out.type != KeyType::kEd25519 && out.type != KeyType::kCosignature) {
    return InvalidArgument(
        fmt::format("verifier key {}: type 0x{:02x} is not 0x01 or 0x04", out.name, raw[0]));
  }
  ASSIGN_OR_RETURN(out.key, PublicKey::FromBytes(ByteSpan(raw).subspan(1)));
  if (text.substr(first + 1, second - first - 1) != KeyIdText(out.id())) {
    return InvalidArgument(fmt::format("verifier key {}: the key id is not {}, that of this key",
                                       out.name, KeyIdText(out.id())));
  }
  return out;
}

}  // namespace parley::note
