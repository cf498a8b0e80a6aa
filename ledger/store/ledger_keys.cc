#include "ledger/store/ledger_keys.h"

namespace parley::store {
namespace {

constexpr std::string_view kTipDomain = "parley/tip/v1";
constexpr size_t kFrontierBytesMax = 8 + 64 * 32;

}  // namespace

std::string EncodeTip(const rules::LedgerTip& tip) {
  return Encoder(kTipDomain)
      .U64(tip.height)
      .Fixed(tip.block)
      .U64(ToInt(tip.time))
      .U64(tip.size)
      .Fixed(tip.last_entry)
      .Var(tip.tree.Encode())
      .Fixed(tip.digest)
      .TakeString();
}

StatusOr<rules::LedgerTip> DecodeTip(std::string_view bytes) {
  Decoder in(AsBytes(bytes));
  rules::LedgerTip tip;
  RETURN_IF_ERROR(in.Domain(kTipDomain));
  ASSIGN_OR_RETURN(tip.height, in.U64());
  ASSIGN_OR_RETURN(tip.block, in.Fixed<BlockId>());
  ASSIGN_OR_RETURN(const uint64_t time, in.U64());
  tip.time = static_cast<TimeMs>(time);
  ASSIGN_OR_RETURN(tip.size, in.U64());
  ASSIGN_OR_RETURN(tip.last_entry, in.Fixed<EntryHash>());
  ASSIGN_OR_RETURN(const ByteSpan tree, in.Var(kFrontierBytesMax));
  ASSIGN_OR_RETURN(tip.tree, merkle::Frontier::Parse(AsText(tree)));
  ASSIGN_OR_RETURN(tip.digest, in.Fixed<StateDigest>());
  RETURN_IF_ERROR(in.Finish());
  if (tip.tree.size() != tip.size)
    return InvalidArgument(
        fmt::format("the tip has {} entries, its tree {}", tip.size, tip.tree.size()));
  return tip;
}

}  // namespace parley::store
