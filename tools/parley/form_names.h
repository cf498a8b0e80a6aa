#pragma once

// Field and enum names of a form, checked against the schema before Protobuf reads it: its own
// errors do not say what would be right.

#include <google/protobuf/descriptor.h>

#include "base/status.h"
#include "tools/parley/output.h"

namespace parley::cli {

// Every key of `form` must be a field of `type`, every enum value one of its enum. Values may leave
// out a prefix that the schema needs only because its names are global ("IED" for "MEANS_IED",
// "UNKNOWN" for "GROUP_UNKNOWN"); they are completed in place. INVALID_ARGUMENT names the path.
Status CheckFormNames(const google::protobuf::Descriptor& type, const std::string& path,
                      Json* form);

// The full name of an enum value, or INVALID_ARGUMENT with all that would do.
StatusOr<std::string> EnumValueName(const google::protobuf::EnumDescriptor& type,
                                    const std::string& name);

}  // namespace parley::cli
