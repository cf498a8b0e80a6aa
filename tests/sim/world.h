#pragma once

// The simulated world: one clock, one queue of things to happen, one network. Everything runs in
// one thread in an order that the seed decides, and every step is mixed into a history hash.

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "node/consensus/core.h"
#include "tests/sim/rng.h"

namespace parley::sim {

struct FetchAnswer {
  std::vector<consensus::Block> blocks;
  std::optional<consensus::Certificate> finalization;
};

// One machine on the network. A member has one, or two when twins play it.
class Endpoint {
 public:
  virtual ~Endpoint() = default;
  virtual void Receive(consensus::MemberIndex from, const consensus::Message& message) = 0;
  virtual void ReceiveRecords(const std::vector<std::string>& records) = 0;
  virtual std::optional<FetchAnswer> Serve(consensus::Height first) = 0;
  virtual void Fetched(const consensus::event::BlocksFetched& answer) = 0;
  virtual void FetchFailed(consensus::MemberIndex from) = 0;
  virtual void Connected(consensus::MemberIndex peer) = 0;
};

struct Network {
  uint64_t loss_percent = 0;
  uint64_t duplicate_percent = 0;
  uint64_t delay_min_ms = 1;
  uint64_t delay_max_ms = 10;
  std::vector<size_t> group;                // by endpoint: only equal numbers are connected
  std::set<std::pair<size_t, size_t>> cut;  // one-way: from endpoint, to endpoint
};

class World {
 public:
  explicit World(uint64_t seed);

  // Returns the endpoint's number.
  size_t Add(std::unique_ptr<Endpoint> endpoint, consensus::MemberIndex member);
  Endpoint& endpoint(size_t i) { return *endpoints_[i]; }
  size_t endpoint_count() const { return endpoints_.size(); }
  consensus::MemberIndex member_of(size_t endpoint) const { return members_[endpoint]; }

  uint64_t now_ms() const { return now_; }
  void At(uint64_t time_ms, std::function<void()> action);
  void RunUntil(uint64_t time_ms);

  // Asked before each message; return true to lose it. For directed scenarios.
  using Filter = std::function<bool(size_t from, size_t to, const consensus::Message&)>;
  Filter filter;
  Network network;
  Rng rng;
  bool through_codec = false;  // encode and decode every message on the way

  void Send(size_t from, std::optional<consensus::MemberIndex> to,
            const consensus::Message& message);
  // To one endpoint only: for liars, who tell different members different things.
  void SendToEndpoint(size_t from, size_t to, const consensus::Message& message);
  void SendRecords(size_t from, std::optional<consensus::MemberIndex> to,
                   const std::vector<std::string>& records);
  void Fetch(size_t from, consensus::MemberIndex peer, consensus::Height first);
  // Tells everyone that the links changed.
  void Reconnect();

  bool Linked(size_t from, size_t to) const;
  uint64_t history() const { return history_; }
  void Mix(uint64_t value) { history_ = (history_ ^ value) * 0x100000001b3ULL; }
  void Trace(const std::string& line) const;
  uint64_t messages() const { return messages_; }  // consensus messages but Status
  uint64_t bytes_of_blocks() const { return block_bytes_; }

 private:
  struct Action {
    uint64_t time;
    uint64_t order;
    std::function<void()> run;
    bool operator<(const Action& o) const {
      return time != o.time ? time > o.time : order > o.order;
    }
  };
  template <class Deliver>
  void Transmit(size_t from, size_t to, Deliver deliver);

  std::priority_queue<Action> queue_;
  uint64_t now_ = 0;
  uint64_t order_ = 0;
  uint64_t history_ = 0xcbf29ce484222325ULL;
  uint64_t messages_ = 0;
  uint64_t block_bytes_ = 0;
  bool trace_ = false;
  std::vector<std::unique_ptr<Endpoint>> endpoints_;
  std::vector<consensus::MemberIndex> members_;
};

// A message in a few words, for traces.
std::string Describe(const consensus::Message& message);

}  // namespace parley::sim
