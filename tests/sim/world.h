#pragma once

// The simulated world: one clock, one queue of things to happen, one network. Everything runs in
// one thread in an order that the seed decides, and every step is mixed into a history hash.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "node/consensus/core.h"
#include "tests/sim/event_queue.h"
#include "tests/sim/rng.h"

namespace parley::sim {

struct FetchAnswer {
  std::vector<consensus::Block> blocks;
  std::optional<consensus::Certificate> finalization;
};

// One endpoint of the network. A machine has one, or two when twins play it.
class Endpoint {
 public:
  virtual ~Endpoint() = default;
  virtual void Receive(size_t from_machine, const consensus::Message& message) = 0;
  virtual void ReceiveRecords(const std::vector<std::string>& records) = 0;
  virtual std::optional<FetchAnswer> Serve(consensus::Height first) = 0;
  // The answer to a fetch, or nothing when it failed; `ticket` is what the asker gave.
  virtual void Fetched(size_t machine, uint64_t ticket, consensus::Height first,
                       const FetchAnswer* answer) = 0;
  virtual void Connected(size_t machine) = 0;
};

using Link = std::pair<size_t, size_t>;  // one-way: from endpoint, to endpoint

struct Network {
  uint64_t loss_percent = 0;
  uint64_t duplicate_percent = 0;
  uint64_t delay_min_ms = 1;
  uint64_t delay_max_ms = 10;
  uint64_t bytes_per_ms = 0;         // of each endpoint's uplink; 0: no limit
  std::vector<size_t> group;         // by endpoint: only equal numbers are connected
  std::set<Link> cut;                // nothing gets through
  std::map<Link, uint64_t> clogged;  // what is sent waits until this time
};

class World {
 public:
  explicit World(uint64_t seed);

  // Returns the endpoint's number.
  size_t Add(std::unique_ptr<Endpoint> endpoint, size_t machine);
  Endpoint& endpoint(size_t i) { return *endpoints_[i]; }
  size_t endpoint_count() const { return endpoints_.size(); }
  size_t machine_of(size_t endpoint) const { return machines_[endpoint]; }

  uint64_t now_ms() const { return queue_.now_ms(); }
  void At(uint64_t time_ms, std::function<void()> action) { queue_.At(time_ms, std::move(action)); }
  void RunUntil(uint64_t time_ms) { queue_.RunUntil(time_ms); }

  // Asked before each message; return true to lose it. For directed scenarios.
  using Filter = std::function<bool(size_t from, size_t to, const consensus::Message&)>;
  Filter filter;
  Network network;
  Rng rng;
  bool through_codec = false;  // encode and decode every message on the way

  // To all endpoints of one machine.
  void Send(size_t from, size_t machine, std::shared_ptr<const consensus::Message> message);
  // To one endpoint only: for liars, who tell different members different things.
  using MessagePtr = std::shared_ptr<const consensus::Message>;
  void SendToEndpoint(size_t from, size_t to, const MessagePtr& message);
  void SendToEndpoint(size_t from, size_t to, const consensus::Message& message) {
    SendToEndpoint(from, to, std::make_shared<const consensus::Message>(message));
  }
  void SendRecords(size_t from, size_t machine, const std::vector<std::string>& records);
  void Fetch(size_t from, size_t machine, consensus::Height first, uint64_t ticket);
  // Tells everyone that the links changed.
  void Reconnect();

  bool Linked(size_t from, size_t to) const;
  uint64_t history() const { return history_; }
  void Mix(uint64_t value) { history_ = (history_ ^ value) * 0x100000001b3ULL; }
  bool tracing() const { return trace_; }
  void Trace(const std::string& line) const;
  uint64_t messages() const { return messages_; }  // consensus messages but Status
  bool stuck() const { return queue_.stuck(); }

 private:
  void Transmit(size_t from, size_t to, size_t bytes, std::function<void(Endpoint&)> deliver);

  EventQueue queue_;
  uint64_t history_ = 0xcbf29ce484222325ULL;
  uint64_t messages_ = 0;
  bool trace_ = false;
  std::vector<std::unique_ptr<Endpoint>> endpoints_;
  std::vector<size_t> machines_;
  std::vector<uint64_t> uplink_free_at_;
};

}  // namespace parley::sim
