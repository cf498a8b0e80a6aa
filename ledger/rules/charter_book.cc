#include "ledger/rules/charter_book.h"

#include "ledger/note/signed_note.h"
#include "ledger/rules/state_keys.h"
#include "ledger/rules/workspace.h"

namespace parley::rules {
namespace {

constexpr size_t kMixedMax = 256;  // then the memory starts over

}  // namespace

CharterBook::CharterBook(const Charter& founding) {
  const MutexLock lock(&mu_);
  known_[founding.hash()] = Shared(Shared(), &founding);
}

StatusOr<CharterBook::Shared> CharterBook::Version(const StateView& state, uint32_t version) const {
  ASSIGN_OR_RETURN(const std::optional<v1::CharterVersionState> held,
                   ReadState<v1::CharterVersionState>(state, keys::CharterVersion(version)));
  if (!held) return NotFound(fmt::format("charter version {} was never in force", version));
  // The signatures were judged when it came into the state.
  const StatusOr<note::SignedNote> note = note::SignedNote::Parse(held->note());
  if (!note.ok()) return DataLoss(fmt::format("state: charter version {} is damaged", version));
  const auto hash = Sha256<CharterHash>(AsBytes(note->text()));
  const MutexLock lock(&mu_);
  Shared& known = known_[hash];
  if (known == nullptr) {
    StatusOr<Charter> charter = Charter::FromState(held->note());
    if (!charter.ok())
      return DataLoss(
          fmt::format("state: charter version {}: {}", version, MessageOf(charter.status())));
    known = std::make_shared<const Charter>(std::move(*charter));
  }
  return known;
}

StatusOr<CharterBook::Shared> CharterBook::InForce(const StateView& state) const {
  ASSIGN_OR_RETURN(const std::optional<v1::CharterState> current,
                   ReadState<v1::CharterState>(state, keys::kCurrentCharter));
  if (current) {
    ASSIGN_OR_RETURN(const CharterHash hash, CharterHash::FromBytes(current->hash()));
    {
      const MutexLock lock(&mu_);
      const auto known = known_.find(hash);
      if (known != known_.end()) return known->second;
    }
    return Version(state, current->version());
  }
  const MutexLock lock(&mu_);
  return known_.begin()->second;
}

StatusOr<CharterBook::Shared> CharterBook::ForCase(const StateView& state, uint32_t version) const {
  ASSIGN_OR_RETURN(const Shared current, InForce(state));
  if (current->version() == version) return current;
  ASSIGN_OR_RETURN(const Shared older, Version(state, version));
  const MutexLock lock(&mu_);
  if (mixed_.size() >= kMixedMax) mixed_.clear();
  Shared& mixed = mixed_[{current->hash(), older->hash()}];
  if (mixed == nullptr) mixed = std::make_shared<const Charter>(current->UnderRulesOf(*older));
  return mixed;
}

}  // namespace parley::rules
