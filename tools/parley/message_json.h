#pragma once

// Protocol messages as JSON for people and scripts: field names as in the schema, 64-bit numbers as
// numbers, enums by name, bytes in lower-case hex. Unlike Protobuf's own JSON every plain field is
// written, so that a script never has to guess whether absent means zero; unset messages, oneof
// members and `optional` fields are left out, because there absent does mean something.

#include <google/protobuf/message.h>

#include "tools/parley/output.h"

namespace parley::cli {

Json MessageToJson(const google::protobuf::Message& message);

}  // namespace parley::cli
