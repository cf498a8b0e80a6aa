#pragma once

// Reads messages of consensus for tests that look into them: parses blocks and knows no ledger.

#include <utility>

#include "node/consensus/codec.h"
#include "node/replica/ledger_app.h"

namespace parley::testing {

class BlockParser final : public consensus::Application {
 public:
  explicit BlockParser(const LedgerId& ledger) : ledger_(ledger) {}
  // Nothing when it is no message.
  std::optional<consensus::Message> Read(const std::string& message) {
    StatusOr<consensus::Message> out = consensus::DecodeMessage(ledger_, AsBytes(message), *this);
    if (!out.ok()) return std::nullopt;
    return *std::move(out);
  }

  StatusOr<consensus::Block> Parse(std::string bytes) override {
    ASSIGN_OR_RETURN(const rules::RawBlock raw, rules::RawBlock::Decode(ledger_, bytes));
    return replica::ToBlock(ledger_, raw.header, std::move(bytes));
  }
  consensus::Content Check(const consensus::Block&) override {
    return consensus::Content::kUnknown;
  }
  std::optional<bool> BreaksRules(const consensus::Block&) override { return false; }
  void Forget(const BlockId&) override {}
  bool TimeAcceptable(const consensus::Block&) override { return false; }
  std::optional<consensus::Block> Build(const BlockId&, consensus::Epoch) override {
    return std::nullopt;
  }
  bool HasWork(const BlockId&) override { return false; }

 private:
  const LedgerId ledger_;
};

}  // namespace parley::testing
