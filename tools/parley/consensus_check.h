#pragma once

// What an audit asks about certificates and votes in a node's database: answered with the formats
// and rules of consensus, which the ledger's own libraries do not know.

#include <cstdint>
#include <map>
#include <utility>

#include "ledger/archive/replayed.h"
#include "node/consensus/messages.h"

namespace parley::cli {

// For one audit of one database. Not thread-safe.
class NodeConsensusCheck final : public archive::ConsensusCheck {
 public:
  Status Finalization(const rules::Charter& charter, const rules::BlockHeader& header,
                      const BlockId& id, std::string_view certificate) override;
  Status VoteRow(const std::vector<archive::CharterSpan>& charters, std::string_view member,
                 std::string_view key, std::string_view value) override;

 private:
  struct Context;
  Status OwnVote(const Context& c);
  static Status Stored(const Context& c);
  static Status Misbehaviour(const Context& c);

  // Own votes by epoch, and by view in it: what an honest member signs makes no evidence.
  std::map<uint64_t, std::multimap<uint64_t, consensus::SignedVote>> own_;
};

}  // namespace parley::cli
