#pragma once

// How one charter replaces another: what must stay as it is, who must have signed, and the one
// change that needs nobody's consent but the member's own, that of its node's keys.
//
// A later charter is a full text with version + 1 that names the ledger and, by hash, the text it
// replaces, so that a root signature on it can mean one thing only. Signature lines are of type
// 0x01 under "<origin>/<member>/root". It may be adopted when
//   - the charter_change policy of the charter in force is met by members whose present root key
//     has signed, or the text is exactly what RotatedText makes of the present one,
//   - every member that is new, or has a new root key, has signed with that key: it holds it,
//   - every member of both whose keys or CA change has signed with its present root key.
// A change that rests on the second half of the first rule, a member's own, ends an epoch with
// nobody else's consent. So it is granted at a pace (Timing.rotation_pause_ms), which the ledger
// keeps (acts/charter.cc): notes alone have no time.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/note/signed_note.h"
#include "ledger/rules/charter.h"
#include "ledger/rules/policy.h"

namespace parley::rules {

// What a later charter may not change: INVALID_ARGUMENT when version, ledger, origin or founding
// time do not follow, or officers of a member that stays differ (EnrolKey and RevokeKey are for
// that); FAILED_PRECONDITION when it replaces another text than `before`.
Status CheckSuccessor(const Charter& before, const Charter& after);

struct Consent {
  MemberSet approving;               // members of `before` whose present root key has signed
  std::vector<std::string> missing;  // in words, what is still needed; empty: it may be adopted
  // Whose change of its own keys it is, when it may be adopted for that reason only.
  std::string alone;
  bool met() const { return missing.empty(); }
};

// Judges the note's lines. UNAUTHENTICATED when a line does not verify, INVALID_ARGUMENT when one
// belongs to no root key of either charter. CheckSuccessor must have passed.
StatusOr<Consent> JudgeConsent(const Charter& before, const Charter& after,
                               const note::SignedNote& note);

// One text with the lines of both notes, sorted by member and key id: one set of signatures has one
// form. The texts must be equal.
StatusOr<note::SignedNote> MergeNotes(const note::SignedNote& a, const note::SignedNote& b);

// The note with one more line, by the root key that the member has in either charter. A note that
// nobody has signed is its bare text.
StatusOr<std::string> AddSuccessorSignature(const Charter& before, std::string_view note_or_text,
                                            std::string_view member, const SecretKey& root_key);

// New keys of one member's node. What is absent stays.
struct RotatedKeys {
  std::optional<PublicKey> node;
  std::optional<PublicKey> cosigner;
};
// The text that replaces `before` when a member changes the keys of its node and nothing else: each
// old key's hex digits become the new one's, the version goes up by one, and ledger_id and previous
// are set. Everything else, comments included, stays byte for byte. NOT_FOUND when there is no such
// member.
StatusOr<std::string> RotatedText(const Charter& before, std::string_view member,
                                  const RotatedKeys& keys);

// `text` with its top-level version, ledger_id and previous set to follow `before`; all else stays.
StatusOr<std::string> FollowingText(const Charter& before, std::string_view text);

}  // namespace parley::rules
