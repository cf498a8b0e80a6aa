#include "crypto/dsse.h"

#include <fmt/format.h>

namespace parley {

Bytes PreAuthEncoding(std::string_view type, ByteSpan body) {
  const std::string head = fmt::format("DSSEv1 {} {} {} ", type.size(), type, body.size());
  Bytes out;
  out.reserve(head.size() + body.size());
  out.insert(out.end(), head.begin(), head.end());
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

}  // namespace parley
