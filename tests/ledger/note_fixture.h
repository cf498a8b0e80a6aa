#pragma once

// The worked example that the vectors use: five entries, a log key with the seed 32 x 0x10, four
// members with the seeds 32 x 0xa0 .. 0xa3, timestamps 1790000000 .. 1790000003.

#include <string>
#include <vector>

#include "ledger/merkle/frontier.h"
#include "ledger/note/cosignature.h"

namespace parley::note {

inline const std::string kOrigin = "ledger.example/incidents";
inline constexpr uint64_t kFirstTime = 1'790'000'000;

inline SecretKey KeyOf(uint8_t seed) { return SecretKey::FromSeed(Bytes(32, seed)).value(); }
inline SecretKey LogKey() { return KeyOf(0x10); }
inline SecretKey MemberKey(size_t i) { return KeyOf(static_cast<uint8_t>(0xa0 + i)); }
inline std::string MemberName(size_t i) {
  return fmt::format("org-{}.example/node", static_cast<char>('a' + i));
}

inline const std::vector<std::string>& Entries() {
  static const std::vector<std::string> entries = {"one", "two", "three", "four", "five"};
  return entries;
}

inline Checkpoint CheckpointAt(size_t size) {
  merkle::Frontier tree;
  for (size_t i = 0; i < size; ++i) tree.Append(merkle::LeafHash(AsBytes(Entries()[i])));
  return {kOrigin, size, tree.Root()};
}

inline SignatureLine CosignatureOf(size_t member, const Checkpoint& checkpoint) {
  return Cosign(checkpoint, MemberName(member), static_cast<UnixSeconds>(kFirstTime + member),
                MemberKey(member))
      .value();
}

inline std::vector<Cosigner> Members() {
  std::vector<Cosigner> out;
  for (size_t i = 0; i < 4; ++i) out.push_back({MemberName(i), MemberKey(i).public_key()});
  return out;
}

// An accord of these members; its identification key comes from this ledger id.
inline QuorumRule Rule() { return {kOrigin, Sha256<LedgerId>(AsBytes("a charter")), Members(), 3}; }

}  // namespace parley::note
