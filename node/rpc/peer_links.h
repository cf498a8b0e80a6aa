#pragma once

// PeerLinks: this node's outgoing streams to all other members, as the replica's Transport.
//
// Order of life: Create, Replica::Create (which borrows it), Start, ..., Stop, the replica's end,
// the links' end. After Stop() nothing is called on the replica any more, and what the replica
// still sends is dropped.

#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "node/replica/replica.h"
#include "node/rpc/authorizer.h"
#include "node/rpc/peer_link.h"

namespace parley::rpc {

// What two nodes must agree on before they speak.
struct Accord {
  LedgerId ledger_id;
  BlockId genesis_block;
};

// FAILED_PRECONDITION when the other keeps another ledger, or the same one from another charter
// note; INVALID_ARGUMENT when the message is malformed.
Status CheckHello(const Accord& accord, const v1::Hello& hello);

struct PeerAddress {
  std::string member;
  std::string address;  // host:port
};

class PeerLinks final : public replica::Transport {
 public:
  // `members` in the order of member indexes; `peers` names every one of them but `self`, once.
  // INVALID_ARGUMENT otherwise. The identity's key is copied (node/rpc/channel.h).
  static StatusOr<std::unique_ptr<PeerLinks>> Create(const Accord& accord, std::string_view self,
                                                     const std::vector<MemberCa>& members,
                                                     const std::vector<PeerAddress>& peers,
                                                     const ChannelIdentity& identity);
  ~PeerLinks() override;

  void Start(replica::Replica& replica);
  void Stop();
  // The peer dialled this node, so it is there: dial it now.
  void Nudge(size_t member_index);

  void SendConsensus(consensus::MemberIndex to,
                     std::shared_ptr<const std::string> message) override;
  void SendRecords(consensus::MemberIndex to,
                   std::shared_ptr<const std::vector<std::string>> envelopes) override;
  void SendCheckpoint(consensus::MemberIndex to, std::shared_ptr<const std::string> note) override;
  void FetchBlocks(consensus::MemberIndex from, uint64_t first_height) override;

  const Accord& accord() const { return accord_; }
  // The hello of this node as it is now.
  v1::Hello OwnHello() const;

 private:
  explicit PeerLinks(const Accord& accord) : accord_(accord) {}
  LinkEvents EventsFor(consensus::MemberIndex peer);
  PeerLink* LinkTo(consensus::MemberIndex to) const;
  // The same broadcast comes once for each peer: the wire message of the newest source is kept.
  template <typename Source, typename Fill>
  std::shared_ptr<const v1::PeerMessage> Wrap(const std::shared_ptr<const Source>& source,
                                              const Fill& fill);

  const Accord accord_;
  replica::Replica* replica_ = nullptr;  // set by Start, before any event
  Scheduler scheduler_;
  std::vector<std::shared_ptr<PeerLink>> links_;  // by member index; null for self

  Mutex mu_;
  std::shared_ptr<const void> newest_source_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<const v1::PeerMessage> newest_ ABSL_GUARDED_BY(mu_);
};

}  // namespace parley::rpc
