#pragma once

// The charter in force: who the members are, with which keys, and by which rules. Parsed from the
// signed charter note; the note's text (without signatures) is what was signed and what the ledger
// id is the hash of. Immutable once made; safe to share between threads.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "parley/v1/charter.pb.h"

namespace parley::rules {

struct CharterOfficer {
  std::string name;
  PublicKey key;
  std::vector<v1::Capability> capabilities;
};

struct CharterMember {
  std::string name;
  std::string display_name;
  v1::Role role = v1::ROLE_UNSPECIFIED;
  PublicKey root_key;
  PublicKey node_key;
  PublicKey cosigner_key;
  Bytes ca_certificate;  // DER
  std::string url;
  std::vector<CharterOfficer> officers;
};

class Charter {
 public:
  // The text alone (before anybody has signed), of a founding or a later charter: schema, ranges,
  // names, distinct keys, sorted members, policies that can be met. Errors name line and column or
  // field.
  static StatusOr<Charter> ParseText(std::string_view text);
  // The founding charter's note: its text and at least one signature line of every member's root
  // key, valid, with nothing else. UNAUTHENTICATED names the members whose signature is missing or
  // wrong. Lines must stand in member order, so that one set of signatures has one byte form.
  static StatusOr<Charter> ParseNote(std::string_view note);
  // The note of a later charter as the ledger adopts it: judged by the one it replaces
  // (charter_change.h).
  static StatusOr<Charter> ParseAdopted(std::string_view note, const Charter& before);

  // A note whose signatures were judged when it came into the rules' state.
  static StatusOr<Charter> FromState(std::string_view note);

  // These members under the policies, deadlines, catalogue and case rules of an older charter: what
  // counts in a case that was opened then. An old policy that the mediators of today cannot meet
  // any more gives way to today's.
  Charter UnderRulesOf(const Charter& older) const;

  const v1::Charter& proto() const { return proto_; }  // with every default filled in
  const std::string& text() const { return text_; }
  const std::string& note() const { return note_; }          // empty after ParseText
  const LedgerId& ledger_id() const { return ledger_id_; }   // founding charter's
  const CharterHash& hash() const { return hash_; }          // SHA-256 of text
  uint32_t version() const { return proto_.version(); }      // 1 for the founding charter
  const CharterHash& previous() const { return previous_; }  // of version - 1; zero for version 1
  const std::string& origin() const { return proto_.origin(); }
  TimeMs founded_at() const { return founded_at_; }

  const std::vector<CharterMember>& members() const { return members_; }  // sorted by name
  size_t quorum() const;                                                  // n - floor((n-1)/3)
  // nullptr / nullopt when there is no such member.
  const CharterMember* FindMember(std::string_view name) const;
  std::optional<size_t> IndexOf(std::string_view name) const;
  std::vector<std::string> MembersOfRole(v1::Role role) const;
  const v1::EventType* FindEventType(std::string_view code) const;

  // "<origin>/<member>/root" and "<origin>/<member>": note key names.
  std::string RootKeyName(std::string_view member) const;
  std::string CosignerKeyName(std::string_view member) const;

 private:
  Charter() = default;
  v1::Charter proto_;
  std::string text_;
  std::string note_;
  LedgerId ledger_id_;
  CharterHash hash_;
  CharterHash previous_;
  TimeMs founded_at_{};
  std::vector<CharterMember> members_;
};

// The founding charter and those that were adopted since, each judged by the one before it. Errors
// name the version.
StatusOr<std::vector<Charter>> ParseCharterChain(const std::vector<std::string>& notes);

// The note made of a text and one signature per member (any subset, for passing a charter around
// while it is being signed): lines sorted in member order.
StatusOr<std::string> AddCharterSignature(std::string_view note_or_text, std::string_view member,
                                          const SecretKey& root_key);

}  // namespace parley::rules
