#pragma once

// Pending records: durable here, not final yet. Kept per author key in the order of the author's
// chain, so a block never takes a record before its predecessor; records that wait for one are kept
// too, for a while. What the owner changes goes into the batch it is given and is true once that is
// committed.
//
// Each member has a share of the room, and no officer may use more than half of it. Whoever adds a
// record must have made sure that its key belongs to the member and officer that it names: a share
// is charged to a name.
//
// The replica thread owns it; the functions marked so may be called from any thread.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/time.h"
#include "ledger/record/record.h"
#include "ledger/store/store.h"

namespace parley::replica {

struct HeldRecord {
  record::ParsedRecord record;
  uint64_t arrival = 0;  // order in which records came here
  bool local = false;    // submitted here, and legal then
  SteadyMs received_at{};
  SteadyMs sent_at{};        // last sent on once more
  unsigned sent = 0;         // how often
  SteadyMs refused_since{};  // found illegal on a committed state; 0: never

  HeldRecord(record::ParsedRecord r, uint64_t n, bool is_local, SteadyMs now)
      : record(std::move(r)), arrival(n), local(is_local), received_at(now) {}
};

class Pending {
 public:
  using BySequence = std::map<uint64_t, std::shared_ptr<HeldRecord>>;

  // Reads back what a former process kept. Records that no longer parse are DATA_LOSS.
  Status Load(const store::Snapshot& snapshot, SteadyMs now);

  // Why the record cannot be kept: ALREADY_EXISTS when another record of this key has its number,
  // RESOURCE_EXHAUSTED when its member's or officer's share is used up. OK also when this very
  // record is held.
  Status MayAdd(const record::ParsedRecord& record) const;
  // Keeps it; MayAdd must have been OK and Contains false.
  const HeldRecord& Add(record::ParsedRecord record, bool local, SteadyMs now,
                        store::Store::Batch* batch);
  // Deletes what is stored of it; it stays here until Erase, so that it is always either pending or
  // final for readers. Nothing happens when it is not held.
  void DeleteStored(const RecordId& id, store::Store::Batch* batch) const;
  void Erase(const RecordId& id);

  HeldRecord* Find(const RecordId& id) const;
  // The record of this key with this number, or null.
  const HeldRecord* FindSequence(const KeyId& key, uint64_t sequence) const;
  const std::map<KeyId, BySequence>& authors() const { return authors_; }
  // The records of a key that wait behind a gap: its chain stands at `final_sequence`.
  static std::vector<const HeldRecord*> BehindGap(const BySequence& records,
                                                  uint64_t final_sequence);
  // Members whose share is used up, and officers ("member/officer") likewise.
  std::vector<std::string> FullShares() const;
  const std::map<uint64_t, std::shared_ptr<HeldRecord>>& by_arrival() const { return by_arrival_; }
  size_t size() const { return by_id_.size(); }
  // Each grows with every addition or removal.
  uint64_t additions() const { return additions_; }
  uint64_t removals() const { return removals_; }

  // Any thread: the last record of the key's unbroken run that begins at `from_sequence`.
  std::optional<std::pair<uint64_t, RecordId>> Head(const KeyId& key, uint64_t from_sequence) const;
  // Any thread: NOT_FOUND when it is not pending.
  StatusOr<std::string> Envelope(const RecordId& id) const;

 private:
  struct Share {
    size_t records = 0;
    size_t bytes = 0;
  };
  void Insert(const std::shared_ptr<HeldRecord>& record);
  static std::string OfficerOf(const record::ParsedRecord& record);

  // Only the owner writes, and holds mu_ for that; so the owner reads without it, and other threads
  // read with it.
  mutable Mutex mu_;
  std::map<KeyId, BySequence> authors_;
  std::map<uint64_t, std::shared_ptr<HeldRecord>> by_arrival_;
  std::map<RecordId, std::shared_ptr<HeldRecord>> by_id_;
  std::map<std::string, Share> shares_;    // by member
  std::map<std::string, Share> officers_;  // by member/officer
  uint64_t next_arrival_ = 0;
  uint64_t additions_ = 0;
  uint64_t removals_ = 0;
};

}  // namespace parley::replica
