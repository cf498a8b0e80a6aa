#pragma once

// The outbox: a folder on an officer's machine where signed records wait until they are final.
//
//   lock                                held (flock) while an Outbox exists
//   <key id>-<sequence, 20 digits>.outbox   one record or a run of them (outbox_file.h)
//   <key id>.head                       where the author's chain stands
//
// What the folder must never cause is two different records with one sequence number: that would
// be proof against the officer. So a record is durable here before it leaves, the head only goes
// forward, and it goes back only when records are dropped that no node took.

#include <filesystem>
#include <string>
#include <vector>

#include "tools/parley/outbox_file.h"

namespace parley::cli {

// One process at a time; not thread-safe. Move-only.
class Outbox {
 public:
  // Makes the folder if needed and takes its lock. UNAVAILABLE when another process holds it.
  static StatusOr<Outbox> Open(const std::filesystem::path& dir, const LedgerId& ledger);
  ~Outbox();
  Outbox(Outbox&& other) noexcept;
  Outbox& operator=(Outbox&&) = delete;
  Outbox(const Outbox&) = delete;

  // The key's head as known here; sequence 0 when there is none. DATA_LOSS for damaged files.
  StatusOr<AuthorHead> Head(const KeyId& key) const;

  // Moves the head forward to what a node knows. DATA_LOSS when the node knows another record under
  // the same number: then the key has been used elsewhere.
  Status Advance(const AuthorHead& node_head);

  // Keeps records of one key that continue its chain; durable when it returns. FAILED_PRECONDITION
  // when they do not continue it.
  Status Add(const std::vector<record::ParsedRecord>& records);

  // All that wait, by key id and sequence.
  StatusOr<std::vector<record::ParsedRecord>> Queued() const;

  // Forgets records up to `sequence`, which are final.
  Status Forget(const KeyId& key, uint64_t sequence);

  // Drops the records from `sequence` on and sets the head back to the one before.
  Status DropFrom(const KeyId& key, uint64_t sequence);

  const std::filesystem::path& dir() const { return dir_; }

 private:
  Outbox(std::filesystem::path dir, LedgerId ledger, int lock)
      : dir_(std::move(dir)), ledger_(ledger), lock_(lock) {}
  std::filesystem::path HeadPath(const KeyId& key) const;
  std::filesystem::path RunPath(const record::ParsedRecord& first) const;
  StatusOr<std::vector<std::filesystem::path>> Runs() const;
  StatusOr<std::vector<record::ParsedRecord>> ReadRun(const std::filesystem::path& path) const;
  Status WriteHead(const AuthorHead& head);

  std::filesystem::path dir_;
  LedgerId ledger_;
  int lock_;  // file descriptor; -1 after a move
};

// Sorted by key id and sequence, as outbox files demand.
void SortForOutbox(std::vector<record::ParsedRecord>* records);

}  // namespace parley::cli
