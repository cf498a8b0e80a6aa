#include "ledger/note/checkpoint.h"

#include "base/limits.h"
#include "ledger/merkle/tree_hash.h"
#include "ledger/note/text.h"
#include "ledger/note/verifier_key.h"

namespace parley::note {

StatusOr<uint64_t> ParseDecimal(std::string_view digits, std::string_view what) {
  const Status bad = InvalidArgument(
      fmt::format("{}: want a decimal number without leading zeros, at most 2^63-1", what));
  constexpr size_t kDigitsMax = 19;
  if (digits.empty() || digits.size() > kDigitsMax) return bad;
  if (digits[0] == '0' && digits.size() > 1) return bad;
  uint64_t value = 0;  // 19 digits fit
  for (const char c : digits) {
    if (c < '0' || c > '9') return bad;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  return value <= merkle::kTreeSizeMax ? StatusOr<uint64_t>(value) : bad;
}

Status CheckCheckpoint(const Checkpoint& checkpoint) {
  if (!IsValidKeyName(checkpoint.origin) || checkpoint.origin.size() > limits::kOriginBytesMax) {
    return InvalidArgument(fmt::format("checkpoint: the origin is not a key name of 1 to {} bytes",
                                       limits::kOriginBytesMax));
  }
  if (checkpoint.size > merkle::kTreeSizeMax)
    return InvalidArgument(fmt::format("checkpoint: size {} is over 2^63-1", checkpoint.size));
  if (checkpoint.size == 0 && checkpoint.root != merkle::EmptyRoot())
    return InvalidArgument("checkpoint: size 0 must carry the root of the empty tree");
  return absl::OkStatus();
}

std::string Checkpoint::Serialize() const {
  return fmt::format("{}\n{}\n{}\n", origin, size, Base64Encode(root.bytes()));
}

StatusOr<Checkpoint> Checkpoint::Parse(std::string_view text) {
  const auto origin = TakeLine(&text);
  const auto size = TakeLine(&text);
  const auto root = TakeLine(&text);
  if (!origin || !size || !root)
    return InvalidArgument("checkpoint: want three lines: origin, size and root");
  if (!text.empty())
    return InvalidArgument("checkpoint: lines after the root (extensions) are not accepted");
  Checkpoint out;
  out.origin = std::string(*origin);
  ASSIGN_OR_RETURN(out.size, ParseDecimal(*size, "checkpoint: size"));
  ASSIGN_OR_RETURN(out.root, ParseHash(*root), "checkpoint: root");
  RETURN_IF_ERROR(CheckCheckpoint(out));
  return out;
}

}  // namespace parley::note
