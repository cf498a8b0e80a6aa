#include "crypto/identity.h"

#include <array>

#include "base/limits.h"

namespace parley {
namespace {

constexpr std::string_view kScheme = "parley://";
constexpr std::array kRoles = {Role::kNode, Role::kOfficer, Role::kAuditor};

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool IsOriginChar(char c) {
  return IsLowerOrDigit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '~' ||
         c == '-';
}

bool IsOriginSegment(std::string_view segment) {
  if (segment.empty() || segment == "." || segment == "..") return false;
  for (const char c : segment) {
    if (!IsOriginChar(c)) return false;
  }
  return true;
}

// Cuts "/<last>" off the end of rest and returns <last>; empty when there is no slash.
std::string_view TakeLastSegment(std::string_view& rest) {
  const size_t slash = rest.rfind('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view last = rest.substr(slash + 1);
  rest = rest.substr(0, slash);
  return last;
}

}  // namespace

bool IsName(std::string_view text) {
  if (text.empty() || text.size() > limits::kNameBytesMax || text[0] == '-') return false;
  for (const char c : text) {
    if (!IsLowerOrDigit(c) && c != '-') return false;
  }
  return true;
}

bool IsOrigin(std::string_view text) {
  if (text.empty() || text.size() > limits::kOriginBytesMax) return false;
  while (true) {
    const size_t slash = text.find('/');
    if (!IsOriginSegment(text.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    text.remove_prefix(slash + 1);
  }
}

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kNode:
      return "node";
    case Role::kOfficer:
      return "officer";
    case Role::kAuditor:
      return "auditor";
  }
  return "unknown";
}

StatusOr<Role> ParseRole(std::string_view name) {
  for (const Role role : kRoles) {
    if (name == RoleName(role)) return role;
  }
  return InvalidArgument("role: want node, officer or auditor");
}

StatusOr<Identity> Identity::Create(std::string_view origin, std::string_view member, Role role,
                                    std::string_view name) {
  if (!IsOrigin(origin))
    return InvalidArgument(fmt::format(
        "origin: want 1 to {} bytes of A-Z a-z 0-9 . _ ~ - in segments divided by single slashes",
        limits::kOriginBytesMax));
  if (!IsName(member)) return InvalidArgument("member: want [a-z0-9][a-z0-9-]{0,31}");
  if (!IsName(name)) return InvalidArgument("name: want [a-z0-9][a-z0-9-]{0,31}");
  return Identity{std::string(origin), std::string(member), role, std::string(name)};
}

StatusOr<Identity> Identity::FromUri(std::string_view uri) {
  if (!uri.starts_with(kScheme))
    return InvalidArgument("identity: want parley://<origin>/<member>/<role>/<name>");
  std::string_view rest = uri.substr(kScheme.size());
  const std::string_view name = TakeLastSegment(rest);
  const std::string_view role_name = TakeLastSegment(rest);
  const std::string_view member = TakeLastSegment(rest);
  ASSIGN_OR_RETURN(const Role role, ParseRole(role_name), "identity");
  ASSIGN_OR_RETURN(Identity out, Create(rest, member, role, name), "identity");
  return out;
}

std::string Identity::ToUri() const {
  return fmt::format("{}{}/{}/{}/{}", kScheme, origin, member, RoleName(role), name);
}

std::string NodeDnsName(std::string_view member) {
  return fmt::format("node.{}.parley.invalid", member);
}

}  // namespace parley
