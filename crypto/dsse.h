#pragma once

// DSSE pre-authentication encoding (github.com/secure-systems-lab/dsse, protocol.md): what a
// signature of a record covers. It binds the type of the payload to its bytes and leaves exactly
// one reading: "DSSEv1" SP len(type) SP type SP len(body) SP body, lengths in decimal bytes.

#include <string_view>

#include "crypto/bytes.h"

namespace parley {

// The PAE bytes. Any type and body have one; two different pairs never share one.
Bytes PreAuthEncoding(std::string_view type, ByteSpan body);

}  // namespace parley
