// Canonical form of Protocol Buffers messages: what this very library writes deterministically. A
// parser accepts bytes exactly when writing the parsed message again gives the same bytes, and
// nothing in them was unknown; that refuses reordered, repeated, overlong, defaulted and trailing
// fields in one rule.

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>

#include <limits>

#include "base/check.h"
#include "ledger/record/record.h"

namespace parley::record {

std::string CanonicalBytes(const google::protobuf::Message& message) {
  std::string out;
  google::protobuf::io::StringOutputStream stream(&out);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  // Fails above 2 GiB only, which limits::kEnvelopeBytesMax and the like keep far away.
  PARLEY_CHECK(message.SerializeToCodedStream(&coded));
  coded.Trim();
  return out;
}

Status ParseCanonical(std::string_view bytes, google::protobuf::Message* out,
                      std::string_view what) {
  // The library logs malformed UTF-8 by itself; strangers must not fill our logs.
  const google::protobuf::LogSilencer quiet;
  constexpr auto kMax = static_cast<size_t>(std::numeric_limits<int>::max());
  if (bytes.size() > kMax || !out->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return InvalidArgument(fmt::format("{}: {} bytes that are not a {} message", what, bytes.size(),
                                       out->GetDescriptor()->name()));
  out->DiscardUnknownFields();
  if (CanonicalBytes(*out) != bytes)
    return InvalidArgument(fmt::format(
        "{}: not in canonical form (unknown, repeated, reordered or defaulted fields)", what));
  return absl::OkStatus();
}

}  // namespace parley::record
