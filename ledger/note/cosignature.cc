// Making and reading cosignature lines and checkpoint notes; quorum.cc judges them.

#include "ledger/note/cosignature.h"

#include <map>
#include <utility>

#include "base/check.h"
#include "crypto/encoding.h"

namespace parley::note {
namespace {

constexpr std::string_view kCosignatureHeader = "cosignature/v1\n";
constexpr std::string_view kLogLineDomain = "parley/log-line/v1";
constexpr uint64_t kSecondsMax = (1ULL << 63) - 1;

bool IsValidTime(UnixSeconds time) { return ToInt(time) >= 1 && ToInt(time) <= kSecondsMax; }

}  // namespace

std::string CosignedMessage(std::string_view checkpoint_text, UnixSeconds time) {
  return fmt::format("{}time {}\n{}", kCosignatureHeader, ToInt(time), checkpoint_text);
}

StatusOr<SignatureLine> Cosign(const Checkpoint& checkpoint, std::string_view key_name,
                               UnixSeconds time, const SecretKey& key) {
  RETURN_IF_ERROR(CheckCheckpoint(checkpoint));
  if (!IsValidKeyName(key_name)) return InvalidArgument("cosignature: the key name is not valid");
  if (!IsValidTime(time))
    return InvalidArgument(fmt::format("cosignature: time {} is not 1 to 2^63-1", ToInt(time)));
  const Signature signature = key.Sign(AsBytes(CosignedMessage(checkpoint.Serialize(), time)));
  return SignatureLine{std::string(key_name),
                       NoteKeyId(key_name, KeyType::kCosignature, key.public_key()),
                       Encoder().U64(ToInt(time)).Fixed(signature).Take()};
}

StatusOr<UnixSeconds> VerifyCosignature(const SignatureLine& line, std::string_view checkpoint_text,
                                        const VerifierKey& key) {
  const auto bad = [&](std::string_view why) {
    return Unauthenticated(fmt::format("cosignature of {}: {}", key.name, why));
  };
  if (key.type != KeyType::kCosignature) return bad("the key is not of type 0x04");
  if (line.name != key.name || line.key_hash != key.id()) return bad("the line is of another key");
  Decoder in(line.bytes);
  const auto seconds = in.U64();
  const auto signature = in.Fixed<Signature>();
  if (!seconds.ok() || !signature.ok() || !in.Finish().ok())
    return bad(fmt::format("want 72 bytes of time and signature, got {}", line.bytes.size()));
  const auto time = static_cast<UnixSeconds>(*seconds);
  if (!IsValidTime(time)) return bad("the time is not 1 to 2^63-1");
  if (!Verify(key.key, AsBytes(CosignedMessage(checkpoint_text, time)), *signature))
    return bad("the signature does not verify");
  return time;
}

SecretKey IdentificationKey(const LedgerId& ledger) {
  const Bytes seed_input = Encoder().Raw(AsBytes(kLogLineDomain)).Fixed(ledger).Take();
  auto key = SecretKey::FromSeed(Sha256Raw(seed_input));
  PARLEY_CHECK(key.ok());  // 32 bytes are always a seed
  return *std::move(key);
}

VerifierKey IdentificationVerifierKey(std::string_view origin, const LedgerId& ledger) {
  return {std::string(origin), KeyType::kEd25519, IdentificationKey(ledger).public_key()};
}

StatusOr<CosignedCheckpoint> CosignedCheckpoint::Parse(std::string_view note) {
  ASSIGN_OR_RETURN(SignedNote signed_note, SignedNote::Parse(note), "checkpoint");
  ASSIGN_OR_RETURN(Checkpoint checkpoint, Checkpoint::Parse(signed_note.text()));
  return CosignedCheckpoint{std::move(signed_note), std::move(checkpoint)};
}

StatusOr<SignedNote> AssembleCheckpoint(const Checkpoint& checkpoint, const LedgerId& ledger,
                                        std::span<const SignatureLine> cosignatures) {
  RETURN_IF_ERROR(CheckCheckpoint(checkpoint));
  std::map<std::pair<std::string, uint32_t>, const SignatureLine*> sorted;
  for (const SignatureLine& line : cosignatures) {
    const SignatureLine*& kept = sorted[{line.name, line.key_hash}];
    // The payload begins with the time, big-endian, so byte order is time order.
    if (kept == nullptr || kept->bytes < line.bytes) kept = &line;
  }
  ASSIGN_OR_RETURN(SignedNote out, SignedNote::FromText(checkpoint.Serialize()));
  ASSIGN_OR_RETURN(SignatureLine identification,
                   SignText(out.text(), checkpoint.origin, IdentificationKey(ledger)));
  RETURN_IF_ERROR(out.Add(std::move(identification)));
  for (const auto& [key, line] : sorted) RETURN_IF_ERROR(out.Add(*line), "checkpoint");
  return out;
}

}  // namespace parley::note
