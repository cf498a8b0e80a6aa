// Files in Protocol Buffers text format that people hand to the command line: .member files and
// profiles. Every text field of what is accepted is UTF-8, and its written form reads the same.

#include <google/protobuf/text_format.h>

#include "crypto/bytes.h"
#include "parley/v1/charter.pb.h"
#include "parley/v1/config.pb.h"
#include "tests/fuzz/fuzz_target.h"
#include "tools/parley/files.h"
#include "tools/parley/text.h"

namespace {

template <class Message>
void Try(std::string_view text) {
  Message message;
  if (!parley::cli::ParseTextProto(text, "fuzz", &message).ok()) return;
  std::string written;
  if (!google::protobuf::TextFormat::PrintToString(message, &written)) __builtin_trap();
  Message again;
  if (!parley::cli::ParseTextProto(written, "fuzz", &again).ok()) __builtin_trap();
  if (again.SerializeAsString() != message.SerializeAsString()) __builtin_trap();
  // Strict readers take the bytes too: no text field holds anything but UTF-8.
  if (!again.ParseFromString(message.SerializeAsString())) __builtin_trap();
}

}  // namespace

FUZZ_TARGET(text_proto) {
  const std::string_view text = parley::AsText({data, size});
  Try<parley::v1::Member>(text);
  Try<parley::v1::Profile>(text);
  const std::string quoted = parley::cli::QuoteTextProto(text);
  parley::v1::Profile profile;
  const bool ok = parley::cli::ParseTextProto("member: " + quoted, "fuzz", &profile).ok();
  if (ok != parley::cli::IsUtf8(text) || (ok && profile.member() != text)) __builtin_trap();
  return 0;
}
