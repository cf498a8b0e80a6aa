#pragma once

// Where a port is opened: `listen` names a host, and a host may have several addresses.

#include <string>
#include <vector>

#include "base/status.h"

namespace parley::rpc {

// The addresses of `listen` (host:port, checked by CheckAddress) that this machine has, as
// 127.0.0.1:7401 or [::1]:7401, each once. An IP address is itself. Asks the resolver, which may
// take seconds. UNAVAILABLE when there is none; INVALID_ARGUMENT for port 0 with several of them,
// which would get a port each.
StatusOr<std::vector<std::string>> ListenAddresses(const std::string& listen);

}  // namespace parley::rpc
