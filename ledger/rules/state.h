#pragma once

// The rules' state: a sorted key-value map. The map of the last final block lies in the store; a
// block that is not final yet is an overlay on its parent's. Keys and values are bytes; the keys
// are listed in docs/rules.md, "State keys".

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/hash.h"

namespace parley::rules {

// Read access. Not thread-safe unless an implementation says so. Errors are the store's
// (DATA_LOSS).
class StateView {
 public:
  virtual ~StateView() = default;
  virtual StatusOr<std::optional<std::string>> Get(std::string_view key) const = 0;
  // Calls fn(key, value) for keys that start with prefix, ascending, until it returns false.
  using Visitor = std::function<bool(std::string_view key, std::string_view value)>;
  virtual Status Scan(std::string_view prefix, const Visitor& fn) const = 0;
  // The same from the first key behind `after` on, for lists that are read page by page.
  virtual Status ScanAfter(std::string_view prefix, std::string_view after,
                           const Visitor& fn) const;
};

// Changes of one block: key to new value; nullopt means deleted. Sorted, as the digest needs it.
using StateChanges = std::map<std::string, std::optional<std::string>, std::less<>>;

// digest' = SHA-256(digest || for every changed key in byte order: U32 length, key, U32 length,
// value; deleted: U32 length, key, 0xffffffff).
StateDigest NextStateDigest(const StateDigest& digest, const StateChanges& changes);

// What a state made of a parent and changes on top answers, without owning either.
StatusOr<std::optional<std::string>> GetThrough(const StateView& parent,
                                                const StateChanges& changes, std::string_view key);
Status ScanThrough(const StateView& parent, const StateChanges& changes, std::string_view prefix,
                   const StateView::Visitor& fn);

// A parent's state with changes on top. Borrows the parent; owns the changes it shares.
class OverlayState final : public StateView {
 public:
  OverlayState(const StateView& parent, std::shared_ptr<const StateChanges> changes)
      : parent_(parent), changes_(std::move(changes)) {}
  StatusOr<std::optional<std::string>> Get(std::string_view key) const override;
  Status Scan(std::string_view prefix, const Visitor& fn) const override;

 private:
  const StateView& parent_;
  std::shared_ptr<const StateChanges> changes_;
};

// Everything in memory: for audits and tests.
class MemoryState final : public StateView {
 public:
  StatusOr<std::optional<std::string>> Get(std::string_view key) const override;
  Status Scan(std::string_view prefix, const Visitor& fn) const override;
  void Apply(const StateChanges& changes);
  size_t size() const { return values_.size(); }

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace parley::rules
