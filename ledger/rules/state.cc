#include "ledger/rules/state.h"

#include "crypto/encoding.h"

namespace parley::rules {
namespace {

bool HasPrefix(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// Walks the changes under one prefix beside a scan of the parent.
class ChangeCursor {
 public:
  ChangeCursor(const StateChanges& changes, std::string_view prefix,
               const StateView::Visitor& visit)
      : at_(changes.lower_bound(prefix)), end_(changes.end()), prefix_(prefix), visit_(visit) {}

  // Visits every change before `limit` (all that are left without one). False: stop.
  bool VisitBefore(std::optional<std::string_view> limit) {
    for (; Valid() && (!limit || at_->first < *limit); ++at_)
      if (at_->second && !visit_(at_->first, *at_->second)) return false;
    return true;
  }
  // True when the change at the cursor replaces or deletes `key`.
  bool Covers(std::string_view key) const { return Valid() && at_->first == key; }

 private:
  bool Valid() const { return at_ != end_ && HasPrefix(at_->first, prefix_); }
  StateChanges::const_iterator at_;
  StateChanges::const_iterator end_;
  std::string_view prefix_;
  const StateView::Visitor& visit_;
};

}  // namespace

// A state that can do better than to pass over the keys before overrides this.
Status StateView::ScanAfter(std::string_view prefix, std::string_view after,
                            const Visitor& fn) const {
  return Scan(prefix, [&](std::string_view key, std::string_view value) {
    return key <= after || fn(key, value);
  });
}

StateDigest NextStateDigest(const StateDigest& digest, const StateChanges& changes) {
  constexpr uint32_t kDeleted = 0xffffffff;
  Sha256Stream hash;
  hash.Update(digest.bytes());
  for (const auto& [key, value] : changes) {
    hash.Update(Encoder().Var(key).bytes());
    hash.Update(value ? Encoder().Var(*value).bytes() : Encoder().U32(kDeleted).bytes());
  }
  const Hash sum = hash.Finish();
  std::array<uint8_t, StateDigest::kSize> bytes{};
  std::copy(sum.bytes().begin(), sum.bytes().end(), bytes.begin());
  return StateDigest(bytes);
}

StatusOr<std::optional<std::string>> GetThrough(const StateView& parent,
                                                const StateChanges& changes, std::string_view key) {
  const auto it = changes.find(key);
  if (it != changes.end()) return it->second;
  return parent.Get(key);
}

Status ScanThrough(const StateView& parent, const StateChanges& changes, std::string_view prefix,
                   const StateView::Visitor& fn) {
  ChangeCursor cursor(changes, prefix, fn);
  bool go_on = true;
  RETURN_IF_ERROR(parent.Scan(prefix, [&](std::string_view key, std::string_view value) {
    go_on = cursor.VisitBefore(key);
    if (!go_on) return false;
    if (cursor.Covers(key)) return true;  // visited (or left out) as a change, next time
    go_on = fn(key, value);
    return go_on;
  }));
  if (go_on) cursor.VisitBefore(std::nullopt);
  return absl::OkStatus();
}

StatusOr<std::optional<std::string>> OverlayState::Get(std::string_view key) const {
  return GetThrough(parent_, *changes_, key);
}

Status OverlayState::Scan(std::string_view prefix, const Visitor& fn) const {
  return ScanThrough(parent_, *changes_, prefix, fn);
}

StatusOr<std::optional<std::string>> MemoryState::Get(std::string_view key) const {
  const auto it = values_.find(key);
  if (it == values_.end()) return std::optional<std::string>();
  return std::optional<std::string>(it->second);
}

Status MemoryState::Scan(std::string_view prefix, const Visitor& fn) const {
  for (auto it = values_.lower_bound(prefix); it != values_.end(); ++it)
    if (!HasPrefix(it->first, prefix) || !fn(it->first, it->second)) break;
  return absl::OkStatus();
}

void MemoryState::Apply(const StateChanges& changes) {
  for (const auto& [key, value] : changes) {
    if (value) {
      values_[key] = *value;
    } else {
      values_.erase(key);
    }
  }
}

}  // namespace parley::rules
