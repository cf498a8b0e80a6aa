#pragma once

// A node of the simulation: a core, its ledger application and its disk, with the host's contract
// of core.h kept to the letter. A crash loses every batch whose sync was not complete, or all but a
// prefix of them, and everything that waited behind a sync.
//
// Epochs: a step that delivers a seal is the last of its core. Members of the next epoch, and
// observers, go on with a new core from the seal; who has left keeps the ended one for a while,
// then it observes and may join again. A start takes the epoch from the disk.

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
  size_t machine = 0;
  std::vector<ToyMember> first_members;  // of epoch 1
  consensus::CoreConfig core;            // durations and switches; the rest follows from the epoch
  uint64_t first_good_generation = 0;    // keys of older ones must not vote: their log is lost
  uint64_t sync_max_ms = 5;              // a sync takes 0 to this long
  int64_t skew_ms = 0;                   // of this node's clock
  int64_t drift_ppm = 0;                 // rate error of this node's clock
  uint64_t check_ms = 0;                 // executing a block takes this long (slow machine)
  bool twin = false;                     // one of two copies with one key: not honest
};

class Host final : public Endpoint {
 public:
  // The oracle may be null (twins). Both are borrowed.
  Host(World& world, Oracle* oracle, const HostOptions& options);

  void set_endpoint(size_t endpoint) { endpoint_ = endpoint; }
  void Start();  // from what is on disk
  void Crash();
  void Wipe();  // an empty disk; the present key must not vote again
  bool up() const { return core_ != nullptr; }

  // A client hands in a record: durable, then gossiped.
  void Submit(const std::string& record);

  void Receive(size_t from_machine, const consensus::Message& message) override;
  void ReceiveRecords(const std::vector<std::string>& records) override;
  std::optional<FetchAnswer> Serve(consensus::Height first) override;
  void Fetched(size_t machine, uint64_t ticket, consensus::Height first,
               const FetchAnswer* answer) override;
  void Connected(size_t machine) override;

  Disk& disk() { return disk_; }
  const Disk& disk() const { return disk_; }
  consensus::Core* core() { return core_.get(); }
  ToyApp& app() { return *app_; }
  const Era& era() const { return *era_; }
  // The configuration of this node's core in an epoch.
  consensus::CoreConfig ConfigFor(const Era& era) const;
  const std::vector<std::string>& alarms() const { return alarms_; }
  HostOptions& options() { return options_; }
  bool is_busy() const { return backlog_ > 0 || !core_->Status().waiting_for.empty(); }
  size_t machine() const { return options_.machine; }
  void Step(const consensus::Event& event);
  // This machine's steady and wall clocks: both run at its own rate, only the wall clock is set.
  SteadyMs SteadyNow() const;
  TimeMs WallNow() const;
  // Called for each batch when its sync completes; true crashes the node right after it.
  std::function<bool(const Batch&)> after_sync;
  bool fail_next_sync = false;  // the disk is full or broken: the process stops

 private:
  // False when what is on disk contradicts itself.
  bool MakeCore();
  void BanKey();  // the present generation must not vote again
  void EnterNextEra(const consensus::Block& seal);
  void BeginEra(std::shared_ptr<const Era> next);
  void CheckExecuted(const Batch& batch);
  void Deliver(const Batch& batch);
  void Queue(Batch batch);
  void ScheduleWake(SteadyMs at);
  void Synced(uint64_t life);
  void Release(const Batch& batch);
  void AnswerStranger(size_t machine, const consensus::Message& message);
  void AnnounceUp();

  World& world_;
  Oracle* oracle_;
  HostOptions options_;
  size_t endpoint_ = 0;
  std::unique_ptr<ToySigner> signer_;
  ToyVerifier verifier_;
  Disk disk_;
  std::unique_ptr<ToyApp> app_;
  std::shared_ptr<const Era> era_;
  std::unique_ptr<consensus::Core> core_;
  std::deque<Batch> unsynced_;
  std::vector<std::string> alarms_;
  std::map<size_t, uint64_t> stranger_at_ms_;  // not answered again before
  uint64_t sync_done_ms_ = 0;                  // of the last batch
  uint64_t busy_until_ms_ = 0;
  size_t backlog_ = 0;  // messages that wait for a slow machine
  uint64_t life_ = 0;
  uint64_t wake_turn_ = 0;
};

}  // namespace parley::sim
