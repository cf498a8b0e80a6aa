#include "ledger/merkle/frontier.h"

#include <bit>
#include <utility>

#include "crypto/encoding.h"

namespace parley::merkle {

StatusOr<Frontier> Frontier::FromPeaks(uint64_t size, std::vector<Hash> peaks) {
  if (size > kTreeSizeMax)
    return InvalidArgument(fmt::format("frontier: size {} is over {}", size, kTreeSizeMax));
  const auto want = static_cast<size_t>(std::popcount(size));
  if (peaks.size() != want) {
    return InvalidArgument(
        fmt::format("frontier: size {} has {} peaks, got {}", size, want, peaks.size()));
  }
  Frontier out;
  out.size_ = size;
  out.peaks_ = std::move(peaks);
  return out;
}

void Frontier::Append(const Hash& leaf) {
  // As adding one carries in binary: every trailing 1 of the size is a subtree that now gets its
  // twin.
  Hash node = leaf;
  for (uint64_t n = size_; (n & 1) != 0; n >>= 1) {
    node = NodeHash(peaks_.back(), node);
    peaks_.pop_back();
  }
  peaks_.push_back(node);
  ++size_;
}

Hash Frontier::Root() const {
  if (peaks_.empty()) return EmptyRoot();
  Hash root = peaks_.back();
  for (size_t i = peaks_.size() - 1; i > 0; --i) root = NodeHash(peaks_[i - 1], root);
  return root;
}

std::string Frontier::Encode() const {
  Encoder out;
  out.U64(size_);
  for (const Hash& peak : peaks_) out.Fixed(peak);
  return out.TakeString();
}

StatusOr<Frontier> Frontier::Parse(std::string_view bytes) {
  Decoder in(AsBytes(bytes));
  ASSIGN_OR_RETURN(const uint64_t size, in.U64(), "frontier: size");
  std::vector<Hash> peaks;
  for (uint64_t n = size; n != 0; n &= n - 1) {
    ASSIGN_OR_RETURN(const Hash peak, in.Fixed<Hash>(), "frontier: peak {}", peaks.size());
    peaks.push_back(peak);
  }
  RETURN_IF_ERROR(in.Finish(), "frontier of size {}", size);
  return FromPeaks(size, std::move(peaks));
}

}  // namespace parley::merkle
