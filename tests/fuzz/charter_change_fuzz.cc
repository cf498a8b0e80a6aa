// Texts and notes that are to replace a charter. A text that follows is a charter, and following it
// once more changes nothing; a rotation is a charter that may replace the one it was made of; and
// no chain is accepted that does not begin with a founding note.

#include "ledger/rules/charter_change.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using parley::rules::Charter;

void CheckFollowing(const Charter& before, std::string_view text) {
  const auto following = parley::rules::FollowingText(before, text);
  if (!following.ok()) return;
  const auto again = parley::rules::FollowingText(before, *following);
  if (!again.ok() || *again != *following) __builtin_trap();
  // The text is that of a founding charter; only its version and predecessor were set.
  const auto after = Charter::ParseText(*following);
  if (!after.ok() || after->version() != before.version() + 1) __builtin_trap();
  parley::rules::CheckSuccessor(before, *after).IgnoreError();
}

void CheckRotation(const Charter& before) {
  const std::string member = before.members().front().name;
  parley::rules::RotatedKeys keys;
  keys.node = parley::SecretKey::FromSeed(parley::Bytes(32, 7)).value().public_key();
  const auto text = parley::rules::RotatedText(before, member, keys);
  if (!text.ok()) return;
  const auto after = Charter::ParseText(*text);
  if (!after.ok() || !parley::rules::CheckSuccessor(before, *after).ok()) __builtin_trap();
  if (after->FindMember(member)->node_key != *keys.node) __builtin_trap();
}

}  // namespace

FUZZ_TARGET(charter_change) {
  const std::string_view bytes = parley::AsText({data, size});
  const auto text = Charter::ParseText(bytes);
  if (text.ok()) {
    CheckFollowing(*text, bytes);
    CheckRotation(*text);
  }
  // A corpus file may hold a chain: notes divided by a line of its own.
  constexpr std::string_view kBetween = "\n--next--\n";
  std::vector<std::string> notes;
  std::string_view rest = bytes;
  for (size_t at = rest.find(kBetween); at != std::string_view::npos; at = rest.find(kBetween)) {
    notes.emplace_back(rest.substr(0, at));
    rest.remove_prefix(at + kBetween.size());
  }
  notes.emplace_back(rest);
  const auto chain = parley::rules::ParseCharterChain(notes);
  if (!chain.ok()) return 0;
  if (chain->size() != notes.size() || chain->front().version() != 1) __builtin_trap();
  for (size_t i = 1; i < chain->size(); ++i) {
    if ((*chain)[i].version() != (*chain)[i - 1].version() + 1 ||
        (*chain)[i].ledger_id() != chain->front().ledger_id())
      __builtin_trap();
  }
  return 0;
}
