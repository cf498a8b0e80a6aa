#pragma once

// A node of the simulation: a core, its ledger application and its disk, with the host's contract
// of core.h kept to the letter. A crash loses every batch whose sync was not complete, or all but a
// prefix of them, and everything that waited behind a sync.

#include <deque>
#include <memory>

#include "node/consensus/core.h"
#include "tests/sim/disk.h"
#include "tests/sim/oracle.h"
#include "tests/sim/toy_app.h"
#include "tests/sim/toy_crypto.h"
#include "tests/sim/world.h"

namespace parley::sim {

struct HostOptions {
  consensus::CoreConfig core;
  uint64_t sync_max_ms = 5;  // a sync takes 0 to this long
  int64_t skew_ms = 0;       // of this node's clock
  int64_t drift_ppm = 0;     // rate error of this node's clock
  uint64_t check_ms = 0;     // executing a step takes this long (slow machine)
  bool twin = false;         // one of two copies with one key: not honest
};

class Host final : public Endpoint {
 public:
  // The oracle may be null (twins). Both are borrowed.
  Host(World& world, Oracle* oracle, const HostOptions& options);

  void set_endpoint(size_t endpoint) { endpoint_ = endpoint; }
  void Start();  // from what is on disk
  void Crash();
  void Wipe();  // an empty disk; the key must not vote again
  bool up() const { return core_ != nullptr; }

  // A client hands in a record: durable, then gossiped.
  void Submit(const std::string& record);

  void Receive(consensus::MemberIndex from, const consensus::Message& message) override;
  void ReceiveRecords(const std::vector<std::string>& records) override;
  std::optional<FetchAnswer> Serve(consensus::Height first) override;
  void Fetched(const consensus::event::BlocksFetched& answer) override;
  void FetchFailed(consensus::MemberIndex from) override;
  void Connected(consensus::MemberIndex peer) override;

  Disk& disk() { return disk_; }
  const Disk& disk() const { return disk_; }
  consensus::Core* core() { return core_.get(); }
  ToyApp& app() { return *app_; }
  const std::vector<std::string>& alarms() const { return alarms_; }
  HostOptions& options() { return options_; }
  consensus::MemberIndex member() const { return options_.core.self; }
  void Step(const consensus::Event& event);
  TimeMs LocalNow() const;
  // Called for each batch when its sync completes; true crashes the node right after it.
  std::function<bool(const Batch&)> after_sync;

 private:
  void ScheduleWake(TimeMs at);
  void Synced(uint64_t life);
  void Release(const Batch& batch);

  World& world_;
  Oracle* oracle_;
  HostOptions options_;
  size_t endpoint_ = 0;
  ToySigner signer_;
  ToyVerifier verifier_;
  Disk disk_;
  std::unique_ptr<ToyApp> app_;
  std::unique_ptr<consensus::Core> core_;
  std::deque<Batch> unsynced_;
  std::vector<std::string> alarms_;
  uint64_t sync_done_ms_ = 0;  // of the last batch
  uint64_t busy_until_ms_ = 0;
  uint64_t life_ = 0;
  uint64_t wake_turn_ = 0;
};

}  // namespace parley::sim
