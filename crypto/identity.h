#pragma once

// Who is at the other end of a TLS connection, written as the one URI of a certificate:
//
//   parley://<origin>/<member>/<node|officer|auditor>/<name>
//
// The last three path segments are member, role and name; all before them is the origin, which may
// hold slashes itself. Members, roles and names never hold one, so there is one reading only.
// Nothing is percent-decoded, and comparison is byte by byte.

#include <string>
#include <string_view>

#include "base/status.h"

namespace parley {

// Members and names: [a-z0-9][a-z0-9-]{0,31}.
bool IsName(std::string_view text);

// Origins: 1 to limits::kOriginBytesMax bytes of [A-Za-z0-9._~-] in segments divided by single
// slashes; no segment is empty, "." or "..". (C2SP checkpoint origins forbid spaces and '+'.)
bool IsOrigin(std::string_view text);

enum class Role { kNode, kOfficer, kAuditor };
std::string_view RoleName(Role role);  // "node", "officer", "auditor"
StatusOr<Role> ParseRole(std::string_view name);

struct Identity {
  std::string origin;  // the accord
  std::string member;
  Role role;
  std::string name;

  // INVALID_ARGUMENT, naming the part that is wrong.
  static StatusOr<Identity> Create(std::string_view origin, std::string_view member, Role role,
                                   std::string_view name);
  static StatusOr<Identity> FromUri(std::string_view uri);
  std::string ToUri() const;

  friend bool operator==(const Identity&, const Identity&) = default;
};

// The DNS name in a node's certificate and the name a client expects when it dials that member's
// node: "node.<member>.parley.invalid" (RFC 2606: never resolves; addresses come from the charter).
std::string NodeDnsName(std::string_view member);

}  // namespace parley
