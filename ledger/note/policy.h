#pragma once

// C2SP tlog-policy files: with one of these, tools of others judge our checkpoints as we do.
//
//   log <vkey> [<url>]
//   witness <name> <vkey> [<url>]
//   group <name> all|any|<k> <member> ...
//   quorum <name>|none
//
// A checkpoint satisfies a policy when one of the logs has signed it under its origin and the
// quorum's witness or group is satisfied. PolicyOf writes what every known parser takes (they
// differ): exactly one log line of type 0x01 named like the origin, witnesses of type 0x04 with a
// URL, no "#" and no keyword as a name.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "ledger/note/cosignature.h"

namespace parley::note {

struct PolicyLog {
  VerifierKey key;
  std::string url;  // may be empty
  friend bool operator==(const PolicyLog&, const PolicyLog&) = default;
};

struct PolicyWitness {
  std::string name;
  VerifierKey key;
  std::string url;  // may be empty
  friend bool operator==(const PolicyWitness&, const PolicyWitness&) = default;
};

struct PolicyGroup {
  std::string name;
  size_t threshold = 0;              // 1 .. members
  std::vector<std::string> members;  // names of witnesses or of earlier groups
  friend bool operator==(const PolicyGroup&, const PolicyGroup&) = default;
};

struct Policy {
  std::vector<PolicyLog> logs;
  std::vector<PolicyWitness> witnesses;
  std::vector<PolicyGroup> groups;
  std::string quorum;  // empty: "none"
  friend bool operator==(const Policy&, const Policy&) = default;

  // Logs, witnesses, groups, quorum; thresholds as numbers.
  std::string Serialize() const;

  // The whole grammar of the specification: spaces and tabs separate, comments are whole lines.
  // INVALID_ARGUMENT names the line: unknown word, name or key used twice, name not defined above
  // it, no or two quorum lines.
  static StatusOr<Policy> Parse(std::string_view file);

  // OK when the checkpoint satisfies the policy. UNAUTHENTICATED says what is missing.
  Status Evaluate(const CosignedCheckpoint& checkpoint) const;
};

// A member as it stands in the policy file.
struct PolicyMember {
  std::string name;  // short name; replaced by the key name if it would be a keyword or a number
  std::string key_name;  // "<origin>/<member>"
  PublicKey key;         // cosigner key
  std::string url;       // may be empty, but some tools then refuse the file
};

// The accord's policy: one log, all members as witnesses, `group members <quorum> ...`.
StatusOr<Policy> PolicyOf(std::string_view origin, const LedgerId& ledger,
                          std::span<const PolicyMember> members, size_t quorum);

}  // namespace parley::note
