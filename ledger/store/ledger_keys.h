#pragma once

// Keys and values of the ledger's column families. For .cc files of this folder only.

#include <string>
#include <string_view>

#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "ledger/rules/executor.h"

namespace parley::store {

inline constexpr std::string_view kTipKey = "tip";
inline constexpr std::string_view kLedgerKey = "ledger";
inline constexpr std::string_view kMemberKey = "member";

inline std::string EntryKey(uint64_t index) { return BigEndian64(index); }
inline std::string TileKey(uint8_t level, uint64_t index) {
  return std::string(1, static_cast<char>(level)) + BigEndian64(index);
}
inline std::string BlockKey(uint64_t height) { return "b" + BigEndian64(height); }
inline std::string FinalizationKey(uint64_t height) { return "f" + BigEndian64(height); }
inline std::string RecordKey(const RecordId& id) { return "r" + id.ToString(); }
inline std::string CasePrefix(std::string_view case_id) {
  return "c" + std::string(case_id) + std::string(1, '\0');
}

// Domain parley/tip/v1, U64 height, block id, U64 time, U64 size, last entry's hash, the frontier
// with its length, state digest.
std::string EncodeTip(const rules::LedgerTip& tip);
StatusOr<rules::LedgerTip> DecodeTip(std::string_view bytes);

// A stored block: one byte that says which of two forms follows. kWhole: the block's bytes. kSplit:
// U64 first entry, U32 entry count, header; envelopes and proofs are those of the entries in that
// range.
enum class BlockForm : uint8_t { kWhole = 0, kSplit = 1 };

// A block's bytes as docs/formats.md has them: U32 length, header, body.
inline std::string JoinBlock(std::string_view header, const std::vector<std::string>& envelopes,
                             const std::vector<std::string>& proofs) {
  Encoder out;
  out.Var(header).Raw(AsBytes(rules::EncodeBody(envelopes, proofs)));
  return out.TakeString();
}

}  // namespace parley::store
