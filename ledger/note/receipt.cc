#include "ledger/note/receipt.h"

#include <utility>

#include "base/limits.h"
#include "ledger/merkle/proof.h"
#include "ledger/note/text.h"

namespace parley::note {
namespace {

constexpr std::string_view kReceiptHeader = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kIndex = "index ";
constexpr std::string_view kExtra = "extra ";

// The hash lines and the blank line that ends them.
StatusOr<std::vector<Hash>> TakeHashes(std::string_view* rest) {
  std::vector<Hash> out;
  for (;;) {
    const auto line = TakeLine(rest);
    if (!line) return InvalidArgument("receipt: want a blank line after the hashes");
    if (line->empty()) return out;
    if (out.size() >= limits::kProofHashesMax) {
      return ResourceExhausted(
          fmt::format("receipt: more than {} hashes", limits::kProofHashesMax));
    }
    ASSIGN_OR_RETURN(const Hash hash, ParseHash(*line), "receipt: hash {}", out.size() + 1);
    out.push_back(hash);
  }
}

}  // namespace

std::string Receipt::Serialize() const {
  std::string out = fmt::format("{}\n{}{}\n", kReceiptHeader, kIndex, index);
  for (const Hash& hash : hashes) out += Base64Encode(hash.bytes()) + "\n";
  return out + "\n" + checkpoint_note;
}

StatusOr<Receipt> Receipt::Parse(std::string_view file) {
  if (file.size() > limits::kNoteBytesMax) {
    return ResourceExhausted(
        fmt::format("receipt: {} bytes are over {}", file.size(), limits::kNoteBytesMax));
  }
  if (TakeLine(&file) != kReceiptHeader)
    return InvalidArgument(fmt::format("receipt: the first line is not '{}'", kReceiptHeader));
  const auto line = TakeLine(&file);
  if (line && line->starts_with(kExtra)) {
    return InvalidArgument(
        "receipt: an 'extra' line is not accepted: nothing in it would be authenticated");
  }
  if (!line || !line->starts_with(kIndex))
    return InvalidArgument("receipt: the second line is not 'index <decimal>'");
  Receipt out;
  ASSIGN_OR_RETURN(out.index, ParseDecimal(line->substr(kIndex.size()), "receipt: index"));
  ASSIGN_OR_RETURN(out.hashes, TakeHashes(&file));
  RETURN_IF_ERROR(CosignedCheckpoint::Parse(file).status(), "receipt");
  out.checkpoint_note = std::string(file);
  return out;
}

StatusOr<ReceiptResult> VerifyReceipt(const Receipt& receipt, ByteSpan entry,
                                      const QuorumRule& rule) {
  ASSIGN_OR_RETURN(CosignedCheckpoint cosigned, CosignedCheckpoint::Parse(receipt.checkpoint_note),
                   "receipt");
  ASSIGN_OR_RETURN(QuorumResult quorum, VerifyCheckpoint(cosigned, rule), "receipt");
  const Checkpoint& head = cosigned.checkpoint;
  RETURN_IF_ERROR(merkle::VerifyInclusion(receipt.index, head.size, merkle::LeafHash(entry),
                                          receipt.hashes, head.root),
                  "receipt for entry {}", receipt.index);
  return ReceiptResult{std::move(cosigned.checkpoint), std::move(quorum)};
}

}  // namespace parley::note
