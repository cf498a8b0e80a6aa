#pragma once

// What a charter brings into the rules' state when it comes into force: itself, and the keys of its
// members. Used for the genesis block and for later charters.

#include "ledger/rules/charter.h"
#include "ledger/rules/workspace.h"

namespace parley::rules {

// charter/current, charter/version/<n> and charter/hash/<h>.
struct CharterPlace {
  uint64_t index = 0;   // of the entry that brings it into force
  uint64_t height = 0;  // of that entry's block
  TimeMs time{};
};
void PutCharter(const Charter& charter, const std::string& note, const CharterPlace& place,
                Workspace* state);

// The root key of a member, as officer "root".
void PutRootKey(const CharterMember& member, TimeMs now, uint64_t index, Workspace* state);
// Root key and officers of a member that is new.
void PutFoundingKeys(const CharterMember& member, TimeMs now, uint64_t index, Workspace* state);

}  // namespace parley::rules
