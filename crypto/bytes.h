#pragma once

// FixedBytes<Tag, N>: N bytes that compare and convert only with their own kind, so that a block id
// can never stand where a record id is meant. Plus hex and base64 as every format here uses them.

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace parley {

using ByteSpan = std::span<const uint8_t>;
using Bytes = std::vector<uint8_t>;

inline ByteSpan AsBytes(std::string_view s) {
  return {reinterpret_cast<const uint8_t*>(s.data()), s.size()};
}
inline std::string_view AsText(ByteSpan b) {
  return {reinterpret_cast<const char*>(b.data()), b.size()};
}

// Lower-case hex. Decoding refuses upper case, odd lengths and anything else.
std::string HexEncode(ByteSpan bytes);
StatusOr<Bytes> HexDecode(std::string_view hex);

// RFC 4648 section 4 with padding. Decoding accepts the canonical form only: no line breaks, no
// missing padding, padding bits zero.
std::string Base64Encode(ByteSpan bytes);
StatusOr<Bytes> Base64Decode(std::string_view text);

template <class Tag, size_t N>
class FixedBytes {
 public:
  static constexpr size_t kSize = N;

  constexpr FixedBytes() = default;  // all zero
  constexpr explicit FixedBytes(const std::array<uint8_t, N>& bytes) : bytes_(bytes) {}

  // INVALID_ARGUMENT unless exactly N bytes.
  static StatusOr<FixedBytes> FromBytes(ByteSpan in) {
    if (in.size() != N)
      return InvalidArgument(fmt::format("{}: want {} bytes, got {}", Tag::kName, N, in.size()));
    FixedBytes out;
    std::copy(in.begin(), in.end(), out.bytes_.begin());
    return out;
  }
  static StatusOr<FixedBytes> FromBytes(std::string_view in) { return FromBytes(AsBytes(in)); }
  // Exactly 2N lower-case digits.
  static StatusOr<FixedBytes> FromHex(std::string_view hex) {
    ASSIGN_OR_RETURN(const Bytes bytes, HexDecode(hex), "{}", Tag::kName);
    return FromBytes(bytes);
  }

  std::string ToHex() const { return HexEncode(bytes_); }
  std::string ToString() const { return std::string(AsText(bytes_)); }  // the raw bytes
  std::span<const uint8_t, N> bytes() const { return bytes_; }
  bool IsZero() const { return *this == FixedBytes(); }
  friend constexpr auto operator<=>(const FixedBytes&, const FixedBytes&) = default;

 private:
  std::array<uint8_t, N> bytes_{};
};

// Lets fmt print any FixedBytes as hex.
template <class Tag, size_t N>
std::string format_as(const FixedBytes<Tag, N>& b) {
  return b.ToHex();
}

}  // namespace parley

// fmt 9 finds format_as for enums only; class types need this.
template <class Tag, size_t N>
struct fmt::formatter<parley::FixedBytes<Tag, N>> : fmt::formatter<std::string> {
  template <class Context>
  auto format(const parley::FixedBytes<Tag, N>& b, Context& ctx) const {
    return fmt::formatter<std::string>::format(b.ToHex(), ctx);
  }
};
