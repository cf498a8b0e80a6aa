#include "node/rpc/listen_address.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

namespace parley::rpc {
namespace {

// Whether a socket can have this address; its port is left open.
bool IsHere(const addrinfo& found) {
  const int fd = ::socket(found.ai_family, found.ai_socktype | SOCK_CLOEXEC, found.ai_protocol);
  if (fd < 0) return false;
  const bool bound = ::bind(fd, found.ai_addr, found.ai_addrlen) == 0;
  ::close(fd);
  return bound;
}

StatusOr<std::string> Written(const addrinfo& found, const std::string& port) {
  char host[NI_MAXHOST];
  const int error =
      ::getnameinfo(found.ai_addr, found.ai_addrlen, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
  if (error != 0) return Internal(fmt::format("getnameinfo: {}", ::gai_strerror(error)));
  if (found.ai_family == AF_INET6) return fmt::format("[{}]:{}", host, port);
  return fmt::format("{}:{}", host, port);
}

}  // namespace

StatusOr<std::vector<std::string>> ListenAddresses(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  const std::string port = listen.substr(colon + 1);
  std::string host = listen.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  // Without a port, so that IsHere asks for any free one.
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (error != 0)
    return Unavailable(
        fmt::format("cannot listen on {}: '{}': {}", listen, host, ::gai_strerror(error)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  std::vector<std::string> out;
  for (const addrinfo* found = list; found != nullptr; found = found->ai_next) {
    if (!IsHere(*found)) continue;
    ASSIGN_OR_RETURN(std::string address, Written(*found, port));
    if (std::find(out.begin(), out.end(), address) == out.end()) out.push_back(std::move(address));
  }
  if (out.empty())
    return Unavailable(
        fmt::format("cannot listen on {}: this machine has no such address", listen));
  if (port == "0" && out.size() > 1)
    return InvalidArgument(fmt::format(
        "cannot listen on {}: '{}' has {} addresses here, and each would get another port: name "
        "one of them",
        listen, host, out.size()));
  return out;
}

}  // namespace parley::rpc
