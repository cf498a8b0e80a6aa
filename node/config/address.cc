#include "node/config/address.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace parley {
namespace {

constexpr size_t kHostBytesMax = 255;

bool IsHostChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

bool IsHost(std::string_view host) {
  if (host.empty() || host.size() > kHostBytesMax) return false;
  if (host.front() != '[') return std::all_of(host.begin(), host.end(), IsHostChar);
  if (host.size() < 4 || host.back() != ']') return false;
  const std::string_view inside = host.substr(1, host.size() - 2);
  return std::all_of(inside.begin(), inside.end(),
                     [](char c) { return IsHostChar(c) || c == ':' || c == '%'; });
}

}  // namespace

Status CheckAddress(const std::string& address, PortZero port_zero) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || !IsHost(std::string_view(address).substr(0, colon)))
    return InvalidArgument(
        fmt::format("want host:port (IPv6 addresses as [::1]:7401), got '{}'", address));
  const unsigned lowest = port_zero == PortZero::kAllowed ? 0 : 1;
  unsigned port = 0;
  const char* const end = address.data() + address.size();
  const auto [stop, error] = std::from_chars(address.data() + colon + 1, end, port);
  if (error != std::errc() || stop != end || port > 65'535 || port < lowest)
    return InvalidArgument(
        fmt::format("the port of '{}' is not a number from {} to 65535", address, lowest));
  return absl::OkStatus();
}

}  // namespace parley
