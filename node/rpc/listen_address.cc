#include "node/rpc/listen_address.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

namespace parley::rpc {
namespace {

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

// Without a port, so that IsHere asks for any free one.
StatusOr<AddressList> Look(const std::string& host, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (error != 0) return Unavailable(fmt::format("'{}': {}", host, ::gai_strerror(error)));
  return AddressList(list, &::freeaddrinfo);
}

// Whether a socket can have this address; its port is left open.
StatusOr<bool> IsHere(const std::string& ip) {
  ASSIGN_OR_RETURN(const AddressList found, Look(ip, AI_NUMERICHOST));
  const int fd = ::socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, found->ai_protocol);
  if (fd < 0) return false;
  const bool bound = ::bind(fd, found->ai_addr, found->ai_addrlen) == 0;
  ::close(fd);
  return bound;
}

}  // namespace

StatusOr<std::vector<std::string>> ResolveHost(const std::string& host) {
  ASSIGN_OR_RETURN(const AddressList list, Look(host, 0));
  std::vector<std::string> out;
  for (const addrinfo* found = list.get(); found != nullptr; found = found->ai_next) {
    char ip[NI_MAXHOST];
    const int error =
        ::getnameinfo(found->ai_addr, found->ai_addrlen, ip, sizeof ip, nullptr, 0, NI_NUMERICHOST);
    if (error != 0) return Internal(fmt::format("getnameinfo: {}", ::gai_strerror(error)));
    out.emplace_back(ip);
  }
  return out;
}

StatusOr<std::vector<std::string>> ListenAddresses(const std::string& listen,
                                                   const Resolver& resolve) {
  const size_t colon = listen.rfind(':');
  const std::string port = listen.substr(colon + 1);
  std::string host = listen.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  ASSIGN_OR_RETURN(const std::vector<std::string> ips, resolve(host), "cannot listen on {}",
                   listen);
  std::vector<std::string> out;
  for (const std::string& ip : ips) {
    ASSIGN_OR_RETURN(const bool here, IsHere(ip), "cannot listen on {}", listen);
    if (!here) continue;
    std::string address =
        fmt::format("{}:{}", ip.find(':') == std::string::npos ? ip : "[" + ip + "]", port);
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
