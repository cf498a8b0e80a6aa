#pragma once

// Addresses as they stand in configuration files and on command lines: host:port.

#include <string>

#include "base/status.h"

namespace parley {

enum class PortZero { kRefused, kAllowed };  // port 0: the system picks one, for listening only

// A host name, an IPv4 address or an IPv6 address in brackets, then a port of 1 to 65535.
// INVALID_ARGUMENT says what is wrong. Nothing is resolved.
Status CheckAddress(const std::string& address, PortZero port_zero);

}  // namespace parley
