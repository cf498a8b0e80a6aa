#pragma once

// A client of a node in front of a fake replica that has published a small real ledger.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/rpc/small_ledger.h"
#include "tests/rpc/test_node.h"

namespace parley::rpc::testing {

// Entries: 0 genesis, 1 and 2 reports, a checkpoint of size 3, then 3 a report without one.
class LedgerServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 3; ++i) reports_.push_back(ledger_.NextReport());
    ledger_.Append({reports_[0]});
    ledger_.Append({reports_[1]});
    ledger_.PublishCheckpoint();
    ledger_.Append({reports_[2]});
    Publish();
  }
  void Publish() { north_.replica().Publish(ledger_.published()); }

  TestAccord accord_;
  SmallLedger ledger_{accord_};
  std::vector<std::string> reports_;
  TestNode north_{accord_, "north"};
  Person anna_ = accord_.Issue("north", Role::kOfficer, "anna");
  std::unique_ptr<Client> client_ = ClientOf(accord_, north_.address(), "north", anna_);
};

}  // namespace parley::rpc::testing
