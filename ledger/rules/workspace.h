#pragma once

// A workspace: changes on top of a state that are kept or dropped together. A block has one; each
// record and lapse gets one of its own on top of it, so that what is refused leaves no trace.
// Reads see the changes, then what lies below. Nothing is written through until MoveInto.

#include <optional>
#include <string>
#include <string_view>

#include "ledger/record/record.h"
#include "ledger/rules/state.h"

namespace parley::rules {

// The value at `key`, parsed; nullopt when there is none, DATA_LOSS when it cannot be parsed.
template <class Message>
StatusOr<std::optional<Message>> ReadState(const StateView& state, std::string_view key) {
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes, state.Get(key));
  if (!bytes) return std::optional<Message>();
  Message out;
  if (!out.ParseFromString(*bytes))
    return DataLoss(fmt::format("state: the value of '{}' cannot be read", key));
  return std::optional<Message>(std::move(out));
}

// Borrows the parent, which must outlive it. Not thread-safe.
class Workspace final : public StateView {
 public:
  // On top of any state, another workspace included: hence no constructor, which for a workspace
  // would be the copy.
  static Workspace On(const StateView& parent) { return Workspace(parent, StateChanges()); }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  // Errors are the parent's: a store that fails, never a missing key.
  StatusOr<std::optional<std::string>> Get(std::string_view key) const override {
    return GetThrough(parent_, changes_, key);
  }
  Status Scan(std::string_view prefix, const Visitor& fn) const override {
    return ScanThrough(parent_, changes_, prefix, fn);
  }

  // The value is kept in canonical form (docs/formats.md, section 1), because the state digest
  // covers its bytes. A key written twice keeps the last value and counts once.
  void Put(std::string key, const google::protobuf::Message& value) {
    changes_.insert_or_assign(std::move(key), record::CanonicalBytes(value));
  }
  // Also of a key that is not there: the deletion is then part of the changes all the same.
  void Erase(std::string key) { changes_.insert_or_assign(std::move(key), std::nullopt); }

  // Adds these changes to those of `below`, which must be the parent, and forgets them.
  void MoveInto(Workspace* below) {
    for (auto& [key, value] : changes_) below->changes_.insert_or_assign(key, std::move(value));
    changes_.clear();
  }
  // Key to value, nullopt for a deletion, in byte order of the keys.
  const StateChanges& changes() const { return changes_; }
  StateChanges TakeChanges() { return std::move(changes_); }

 private:
  Workspace(const StateView& parent, StateChanges changes)
      : parent_(parent), changes_(std::move(changes)) {}

  const StateView& parent_;
  StateChanges changes_;
};

}  // namespace parley::rules
