#include "ledger/rules/founding.h"

#include "ledger/record/names.h"
#include "ledger/rules/state_keys.h"

namespace parley::rules {
namespace {

void PutKey(const std::string& member, std::string_view officer, const PublicKey& key,
            const std::vector<v1::Capability>& capabilities, TimeMs now, uint64_t index,
            Workspace* state) {
  v1::KeyState value;
  value.set_member(member);
  value.set_officer(std::string(officer));
  value.set_public_key(key.ToString());
  for (const v1::Capability capability : capabilities) value.add_capabilities(capability);
  value.set_enrolled_at_ms(ToInt(now));
  value.set_enrolled_index(index);
  state->Put(keys::Key(KeyIdOf(key)), value);
}

}  // namespace

void PutCharter(const Charter& charter, const std::string& note, const CharterPlace& place,
                Workspace* state) {
  v1::CharterState current;
  current.set_version(charter.version());
  current.set_hash(charter.hash().ToString());
  current.set_index(place.index);
  state->Put(std::string(keys::kCurrentCharter), current);
  v1::CharterVersionState held;
  held.set_note(note);
  held.set_index(place.index);
  held.set_time_ms(ToInt(place.time));
  held.set_height(place.height);
  state->Put(keys::CharterVersion(charter.version()), held);
  v1::CharterHashState by_hash;
  by_hash.set_version(charter.version());
  state->Put(keys::CharterByHash(charter.hash()), by_hash);
}

void PutRootKey(const CharterMember& member, TimeMs now, uint64_t index, Workspace* state) {
  PutKey(member.name, record::kRootOfficer, member.root_key, {}, now, index, state);
}

void PutFoundingKeys(const CharterMember& member, TimeMs now, uint64_t index, Workspace* state) {
  PutRootKey(member, now, index, state);
  for (const CharterOfficer& officer : member.officers) {
    PutKey(member.name, officer.name, officer.key, officer.capabilities, now, index, state);
    v1::OfficerState name;
    name.set_key_id(KeyIdOf(officer.key).ToString());
    state->Put(keys::Officer(member.name, officer.name), name);
  }
}

}  // namespace parley::rules
