#pragma once

// The people of one member: they sign records and hand them to their own node, one batch after the
// other, until it has taken each.

#include <deque>
#include <string>

#include "tests/whole/machine.h"
#include "tests/whole/watch.h"

namespace parley::whole {

class Client {
 public:
  // Borrows all.
  Client(World& world, Watch& watch, size_t member)
      : world_(world), watch_(watch), member_(member) {}

  // Reports, each with a text of so many characters.
  void Write(size_t officer, size_t records, size_t characters = 20);
  void Propose(size_t officer, const std::string& charter_note);

 private:
  void Send();

  World& world_;
  Watch& watch_;
  const size_t member_;
  std::deque<std::string> outbox_;
  bool waiting_ = false;
};

}  // namespace parley::whole
