// EnrolKey and RevokeKey: a member's root key decides who writes for the member.

#include <algorithm>

#include "base/limits.h"
#include "ledger/record/enrolment.h"
#include "ledger/rules/acts/act.h"
#include "ledger/rules/state_keys.h"

namespace parley::rules {
namespace {

// Keys of the charter have their purpose already; so has every key that was ever enrolled.
Status CheckKeyIsNew(const Act& act, const PublicKey& key) {
  for (const CharterMember& member : act.step.charter.members())
    for (const PublicKey& used : {member.root_key, member.node_key, member.cosigner_key})
      if (KeyIdOf(used) == KeyIdOf(key))
        return AlreadyExists(
            fmt::format("public_key: {} is a key of the charter ({})", KeyIdOf(key), member.name));
  ASSIGN_OR_RETURN(const std::optional<v1::KeyState> held,
                   ReadState<v1::KeyState>(act.step.state, keys::Key(KeyIdOf(key))));
  if (held)
    return AlreadyExists(fmt::format("public_key: {} was enrolled before, for {}/{}", KeyIdOf(key),
                                     held->member(), held->officer()));
  return absl::OkStatus();
}

Status CheckOfficerIsNew(const Act& act, const std::string& officer) {
  ASSIGN_OR_RETURN(const std::optional<std::string> held,
                   act.step.state.Get(keys::Officer(act.member(), officer)));
  if (held)
    return AlreadyExists(fmt::format(
        "officer: {}/{} has a key; revoke it before another is enrolled", act.member(), officer));
  size_t officers = 0;
  RETURN_IF_ERROR(act.step.state.Scan(keys::OfficerPrefix(act.member()),
                                      [&](std::string_view, std::string_view) {
                                        ++officers;
                                        return true;
                                      }));
  if (officers >= limits::kOfficersPerMemberMax)
    return FailedPrecondition(
        fmt::format("{} has {} officers, the most there can be", act.member(), officers));
  return absl::OkStatus();
}

// A key that is revoked already may still be found to have been stolen earlier.
Status CheckRevocable(const v1::KeyState& key, uint64_t suspect_since_ms) {
  if (key.revoked_at_ms() == 0) return absl::OkStatus();
  const bool earlier = suspect_since_ms != 0 &&
                       (key.suspect_since_ms() == 0 || suspect_since_ms < key.suspect_since_ms());
  if (earlier) return absl::OkStatus();
  return FailedPrecondition(
      fmt::format("the key is revoked since {}; only an earlier suspect_since can be added",
                  FormatTime(static_cast<TimeMs>(key.revoked_at_ms()))));
}

}  // namespace

Status ApplyEnrolKey(const Act& act) {
  const v1::EnrolKey& enrol = act.body().enrol_key();
  ASSIGN_OR_RETURN(const PublicKey key, PublicKey::FromBytes(enrol.public_key()));
  ASSIGN_OR_RETURN(const Signature possession, Signature::FromBytes(enrol.possession()));
  RETURN_IF_ERROR(CheckKeyIsNew(act, key));
  RETURN_IF_ERROR(CheckOfficerIsNew(act, enrol.officer()));
  const Bytes statement =
      record::EnrolmentBytes(act.step.charter.ledger_id(), act.member(), enrol.officer());
  if (!Verify(key, statement, possession))
    return Unauthenticated("possession: is not the new key's signature over its enrolment");
  v1::KeyState state;
  state.set_member(act.member());
  state.set_officer(enrol.officer());
  state.set_public_key(enrol.public_key());
  *state.mutable_capabilities() = enrol.capabilities();
  state.set_enrolled_at_ms(ToInt(act.step.now));
  state.set_enrolled_index(act.step.index);
  act.step.state.Put(keys::Key(KeyIdOf(key)), state);
  v1::OfficerState officer;
  officer.set_key_id(KeyIdOf(key).ToString());
  act.step.state.Put(keys::Officer(act.member(), enrol.officer()), officer);
  return absl::OkStatus();
}

Status ApplyRevokeKey(const Act& act) {
  const v1::RevokeKey& revoke = act.body().revoke_key();
  ASSIGN_OR_RETURN(const KeyId id, KeyId::FromBytes(revoke.key_id()));
  ASSIGN_OR_RETURN(std::optional<v1::KeyState> key,
                   ReadState<v1::KeyState>(act.step.state, keys::Key(id)));
  if (!key) return NotFound(fmt::format("key_id: {} was never enrolled", id));
  if (key->member() != act.member())
    return PermissionDenied(fmt::format("key {} is {}'s", id, key->member()));
  if (key->officer() == act.body().officer())
    return PermissionDenied("the root key is the charter's and cannot be revoked by a record");
  if (revoke.suspect_since_ms() > ToInt(act.step.now))
    return InvalidArgument("suspect_since_ms: lies in the future");
  RETURN_IF_ERROR(CheckRevocable(*key, revoke.suspect_since_ms()));
  if (key->revoked_at_ms() == 0) {
    key->set_revoked_at_ms(ToInt(act.step.now));
    act.step.state.Erase(keys::Officer(act.member(), key->officer()));
  }
  key->set_suspect_since_ms(revoke.suspect_since_ms());
  act.step.state.Put(keys::Key(id), *key);
  return absl::OkStatus();
}

}  // namespace parley::rules
