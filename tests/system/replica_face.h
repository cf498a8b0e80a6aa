#pragma once

// An honest replica as server and links see it. Dishonest members change what passes through.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "node/replica/replica.h"
#include "node/replica/status.h"

namespace parley::byzantine {

class ReplicaFace : public replica::Replica {
 public:
  // Borrows it.
  explicit ReplicaFace(replica::Replica& honest) : honest_(honest) {}

  Status OnConsensus(const std::string& from, std::string message) override {
    return honest_.OnConsensus(from, std::move(message));
  }
  Status Submit(std::vector<std::string> envelopes, bool wait_final,
                std::chrono::steady_clock::time_point deadline, SubmitDone done) override {
    return honest_.Submit(std::move(envelopes), wait_final, deadline, std::move(done));
  }
  Status OnRecords(const std::string& from, std::vector<std::string> envelopes) override {
    return honest_.OnRecords(from, std::move(envelopes));
  }
  Status OnCheckpoint(const std::string& from, std::string note) override {
    return honest_.OnCheckpoint(from, std::move(note));
  }
  Status OnConnected(const std::string& peer) override { return honest_.OnConnected(peer); }
  Status OnDisconnected(const std::string& peer) override { return honest_.OnDisconnected(peer); }
  Status OnBlocksFetched(const std::string& from, uint64_t first_height,
                         std::vector<std::string> blocks, std::string finalization) override {
    return honest_.OnBlocksFetched(from, first_height, std::move(blocks), std::move(finalization));
  }
  Status OnFetchFailed(const std::string& from) override { return honest_.OnFetchFailed(from); }
  std::shared_ptr<const replica::Published> Latest() const override { return honest_.Latest(); }
  replica::ReplicaStatus GetStatus() const override { return honest_.GetStatus(); }
  StatusOr<std::pair<uint64_t, RecordId>> AuthorHead(const KeyId& key) const override {
    return honest_.AuthorHead(key);
  }
  StatusOr<std::string> PendingRecord(const RecordId& id) const override {
    return honest_.PendingRecord(id);
  }
  uint64_t AddListener(Listener listener) override {
    return honest_.AddListener(std::move(listener));
  }
  void RemoveListener(uint64_t id) override { honest_.RemoveListener(id); }
  Status Health() const override { return honest_.Health(); }

 private:
  replica::Replica& honest_;
};

}  // namespace parley::byzantine
