#pragma once

// The project's own byte encoding for what is signed or hashed and is not Protobuf (blocks, slots,
// votes, intake receipts): big-endian integers, 4-byte lengths, the domain first, so that no two
// kinds of message share bytes. The grammar of each message is in docs/formats.md.

#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/bytes.h"

namespace parley {

class Encoder {
 public:
  Encoder() = default;
  // Starts with the domain as length and text.
  explicit Encoder(std::string_view domain) { Var(AsBytes(domain)); }

  Encoder& U8(uint8_t v);
  Encoder& U32(uint32_t v);
  Encoder& U64(uint64_t v);
  Encoder& Var(ByteSpan bytes);  // 4-byte length, then the bytes
  Encoder& Var(std::string_view text) { return Var(AsBytes(text)); }
  Encoder& Raw(ByteSpan bytes);  // the bytes alone
  template <class Tag, size_t N>
  Encoder& Fixed(const FixedBytes<Tag, N>& f) {
    return Raw(f.bytes());
  }
  const Bytes& bytes() const { return out_; }
  Bytes Take() { return std::move(out_); }
  std::string TakeString() { return std::string(AsText(out_)); }

 private:
  Bytes out_;
};

// Reads what Encoder wrote. Every read fails with INVALID_ARGUMENT when bytes are missing; Finish()
// fails unless every byte was used. Borrows its input.
class Decoder {
 public:
  explicit Decoder(ByteSpan in) : in_(in) {}

  Status Domain(std::string_view want);
  StatusOr<uint8_t> U8();
  StatusOr<uint32_t> U32();
  StatusOr<uint64_t> U64();
  // A length of more than bytes_max is refused before anything is copied.
  StatusOr<ByteSpan> Var(size_t bytes_max);
  StatusOr<ByteSpan> Raw(size_t size);
  template <class T>
  StatusOr<T> Fixed() {
    ASSIGN_OR_RETURN(const ByteSpan raw, Raw(T::kSize));
    return T::FromBytes(raw);
  }
  size_t remaining() const { return in_.size(); }
  Status Finish() const;

 private:
  ByteSpan in_;
};

// Eight big-endian bytes, as RocksDB keys use them: byte order is numeric order.
std::string BigEndian64(uint64_t v);
StatusOr<uint64_t> ParseBigEndian64(std::string_view bytes);

}  // namespace parley
