#pragma once

// Replicas of one accord in one process. Each member has a database in a directory of its own;
// messages pass through one delivery thread per member, so that nobody is called back in its own
// call. Links can be cut. Every wait has a condition and a bound.

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "node/replica/replica.h"
#include "node/replica/status.h"
#include "tests/replica/accord.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace parley::testing {

class Network {
 public:
  // `later` more nodes, of members that the founding charter does not have.
  explicit Network(size_t members = 4, uint64_t heartbeat_ms = 600'000, size_t later = 0,
                   const Clock& clock = SystemClock(), size_t officers_of_first = 0);
  ~Network();

  Accord& accord() { return accord_; }
  size_t size() const { return nodes_.size(); }
  replica::Replica& at(size_t i) { return *nodes_[i]->replica; }
  bool running(size_t i) const { return nodes_[i]->replica != nullptr; }
  std::string dir(size_t i) const { return dir_ / Accord::NameOf(i); }

  // Opens the database and connects to all that run.
  Status Start(size_t i);
  void StartAll();
  void Stop(size_t i);
  // Copies the database of a running member.
  Status SaveCopy(size_t i, const std::string& to) { return nodes_[i]->store->SaveCopy(to); }
  // Removes the member's database; it must be stopped.
  void Wipe(size_t i);
  // Messages of member `i` in both directions are lost while it is cut off.
  void Cut(size_t i, bool cut);

  // What consensus says to member `i` waits, in order, while it is held; all else reaches it.
  void HoldConsensus(size_t i, bool hold);

  // Submits and waits for the answers, at most 20 s.
  std::vector<replica::SubmitOutcome> Submit(size_t i, std::vector<std::string> envelopes,
                                             bool wait_final = true);
  // True when the condition came true within 20 s; looked at after every commit and message.
  bool Eventually(const std::function<bool()>& condition);
  // All running members have this many entries, and the same ones.
  bool AllHave(uint64_t entries);
  std::vector<std::string> Entries(size_t i);
  uint64_t SizeOf(size_t i) { return at(i).Latest()->tip.size; }

  // Names of further node keys that a member has when it is started next (FixedKey).
  std::map<size_t, std::vector<std::string>> more_node_keys;

  // Messages that `i` sent so far, by kind, for looking at what went out.
  uint64_t SentCheckpoints(size_t i) const { return nodes_[i]->sent_checkpoints; }
  const std::string LastCheckpoint(size_t i);

 private:
  class Link;
  struct Node {
    std::unique_ptr<Link> link;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<replica::Replica> replica;
    bool cut = false;
    bool hold = false;
    std::vector<std::function<void(replica::Replica&)>> held;
    uint64_t sent_checkpoints = 0;
    std::string last_checkpoint;
    // Deliveries to this member, in order.
    std::deque<std::function<void(replica::Replica&)>> queue;
    std::thread thread;
  };
  // Hands `call` to member `to` unless a link is cut or it does not run.
  void Post(size_t from, size_t to, std::function<void(replica::Replica&)> call);
  void Deliver(size_t i);
  void Connect(size_t i, size_t j);

  TempDir dir_;
  const Clock& clock_;
  Accord accord_;
  std::mutex mu_;
  std::condition_variable changed_;
  bool closing_ = false;
  std::map<size_t, bool> delivering_;  // a call into the member is under way
  std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace parley::testing
