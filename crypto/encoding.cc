#include "crypto/encoding.h"

#include <limits>

#include "base/check.h"

namespace parley {

Encoder& Encoder::U8(uint8_t v) {
  out_.push_back(v);
  return *this;
}

Encoder& Encoder::U32(uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out_.push_back(static_cast<uint8_t>(v >> shift));
  return *this;
}

Encoder& Encoder::U64(uint64_t v) {
  for (int shift = 56; shift >= 0; shift -= 8) out_.push_back(static_cast<uint8_t>(v >> shift));
  return *this;
}

Encoder& Encoder::Var(ByteSpan bytes) {
  PARLEY_CHECK(bytes.size() <= std::numeric_limits<uint32_t>::max());
  U32(static_cast<uint32_t>(bytes.size()));
  return Raw(bytes);
}

Encoder& Encoder::Raw(ByteSpan bytes) {
  out_.insert(out_.end(), bytes.begin(), bytes.end());
  return *this;
}

Status Decoder::Domain(std::string_view want) {
  ASSIGN_OR_RETURN(const ByteSpan got, Var(64), "domain");
  if (AsText(got) != want)
    return InvalidArgument(fmt::format("domain: want '{}', got other bytes", want));
  return absl::OkStatus();
}

StatusOr<ByteSpan> Decoder::Raw(size_t size) {
  if (in_.size() < size)
    return InvalidArgument(fmt::format("want {} more bytes, {} are left", size, in_.size()));
  const ByteSpan out = in_.first(size);
  in_ = in_.subspan(size);
  return out;
}

StatusOr<uint8_t> Decoder::U8() {
  ASSIGN_OR_RETURN(const ByteSpan raw, Raw(1));
  return raw[0];
}

StatusOr<uint32_t> Decoder::U32() {
  ASSIGN_OR_RETURN(const ByteSpan raw, Raw(4));
  uint32_t v = 0;
  for (const uint8_t b : raw) v = v << 8 | b;
  return v;
}

StatusOr<uint64_t> Decoder::U64() {
  ASSIGN_OR_RETURN(const ByteSpan raw, Raw(8));
  uint64_t v = 0;
  for (const uint8_t b : raw) v = v << 8 | b;
  return v;
}

StatusOr<ByteSpan> Decoder::Var(size_t bytes_max) {
  ASSIGN_OR_RETURN(const uint32_t size, U32());
  if (size > bytes_max)
    return InvalidArgument(fmt::format("length {} is over the limit of {}", size, bytes_max));
  return Raw(size);
}

Status Decoder::Finish() const {
  if (!in_.empty()) return InvalidArgument(fmt::format("{} bytes follow the end", in_.size()));
  return absl::OkStatus();
}

std::string BigEndian64(uint64_t v) { return Encoder().U64(v).TakeString(); }

StatusOr<uint64_t> ParseBigEndian64(std::string_view bytes) {
  Decoder in(AsBytes(bytes));
  ASSIGN_OR_RETURN(const uint64_t v, in.U64());
  RETURN_IF_ERROR(in.Finish());
  return v;
}

}  // namespace parley
