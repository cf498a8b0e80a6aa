#pragma once

// Where a port is opened: `listen` names a host, and a host may have several addresses.

#include <functional>
#include <string>
#include <vector>

#include "base/status.h"

namespace parley::rpc {

// The IP addresses of a host, as text and without brackets; UNAVAILABLE when it has none.
using Resolver = std::function<StatusOr<std::vector<std::string>>(const std::string& host)>;

// The system's resolver, which may take seconds. An IP address is itself.
StatusOr<std::vector<std::string>> ResolveHost(const std::string& host);

// The addresses of `listen` (host:port, checked by CheckAddress) that this machine has, as
// 127.0.0.1:7401 or [::1]:7401, each once. UNAVAILABLE when there is none; INVALID_ARGUMENT for
// port 0 with several of them, which would get a port each.
StatusOr<std::vector<std::string>> ListenAddresses(const std::string& listen,
                                                   const Resolver& resolve = ResolveHost);

}  // namespace parley::rpc
