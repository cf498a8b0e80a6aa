#pragma once

// A machine of the simulated world: a database, a clock, and a production replica that runs when
// something has arrived or its time has come. A turn takes as long as what it did costs (effort.h)
// and what the disk takes to sync; what it sends leaves when it is over.
//
// Subclasses are dishonest: they change what their replica says and hears.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "node/replica/status.h"
#include "node/replica/stepped_replica.h"
#include "tests/whole/world.h"

namespace parley::whole {

class Machine : public replica::Transport {
 public:
  static constexpr uint64_t kViewTimeout_ms = 500;

  // Borrows the world.
  Machine(World& world, size_t number);
  ~Machine() override;

  size_t number() const { return number_; }
  std::string name() const { return testing::Accord::NameOf(number_); }
  bool up() const { return replica_ != nullptr; }
  replica::SteppedReplica& replica() { return *replica_; }
  SimClock& clock() { return clock_; }
  uint64_t sync_max_ms = 4;  // a turn that writes takes 0 to this much longer
  uint64_t slowness = 1;     // its processor takes so many times as long

  // Opens the database; the links follow.
  void Start();
  // The process is gone; what it had committed is kept.
  void Crash();

  // Calls the replica as a thread of the server would, and sees to it that it has a turn soon.
  // Nothing happens while it is down.
  using Call = std::function<Status(replica::Replica&)>;
  void Arrive(const Call& call);
  // From the network. Dishonest machines may keep it from their replica.
  virtual void ReceiveConsensus(const std::string& from,
                                const std::shared_ptr<const std::string>& message);
  virtual void ReceiveRecords(const std::string& from,
                              const std::shared_ptr<const std::vector<std::string>>& envelopes);
  virtual void ReceiveCheckpoint(const std::string& from,
                                 const std::shared_ptr<const std::string>& note);
  virtual void ServeBlocks(size_t asker, uint64_t first_height, uint64_t ticket);
  // The end of a request for blocks; what comes after its end is nobody's.
  void FetchEnds(uint64_t ticket, const Call& call);
  // The link to a member came up or went down.
  void LinkChanged(size_t peer, bool up);

  // What its replica says (replica::Transport).
  void SendConsensus(const std::string& to, std::shared_ptr<const std::string> message) override;
  void SendRecords(const std::string& to,
                   std::shared_ptr<const std::vector<std::string>> envelopes) override;
  void SendCheckpoint(const std::string& to, std::shared_ptr<const std::string> note) override;
  void FetchBlocks(const std::string& from, uint64_t first_height) override;

  // Of all turns, and of what servers did for it.
  const Effort& effort() const { return effort_; }
  uint64_t received() const { return received_; }  // messages, requests and calls
  uint64_t received_bytes() const { return received_bytes_; }

  // Why it could not start or stopped itself; empty while all is well.
  const std::string& failure() const { return failure_; }

 protected:
  World& world() { return world_; }
  static size_t NumberOf(const std::string& name) { return testing::Accord::NumberOf(name); }
  // Sent at the end of the turn under way, or now.
  void Send(const std::string& to, size_t bytes, World::Delivery deliver,
            World::Priority priority = World::Priority::kFirst);

 private:
  void Wake(uint64_t at_ms);
  void RunTurn();
  StatusOr<replica::BlockRange> ReadFor(size_t asker, uint64_t first_height) const;
  template <typename Work>
  void Count(const Work& work);

  World& world_;
  const size_t number_;
  SimClock clock_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<replica::SteppedReplica> replica_;
  std::string failure_;
  uint64_t life_ = 0;
  uint64_t turn_ = 0;  // of the wake-up that counts
  uint64_t wake_at_ms_ = 0;
  uint64_t busy_until_ms_ = 0;
  bool in_turn_ = false;
  struct Outgoing {
    std::string to;
    size_t bytes;
    World::Priority priority;
    World::Delivery deliver;
  };
  std::vector<Outgoing> outgoing_;
  std::map<size_t, size_t> serving_;     // answers under way, by asker
  std::map<uint64_t, size_t> fetching_;  // requests under way, and who is asked
  uint64_t next_ticket_ = 0;
  Effort effort_;
  uint64_t received_ = 0;
  uint64_t received_bytes_ = 0;
};

}  // namespace parley::whole
