#pragma once

// PeerLinks: this node's outgoing streams to other members, as the replica's Transport. SetMembers
// says who they are: those of the charter in force, and those that have just left, who are helped
// to the end of their last epoch.
//
// Order of life: Create, Replica::Create (which borrows it), SetMembers and Start, ..., Stop, the
// replica's end, the links' end. After Stop() nothing is called on the replica any more, and what
// the replica still sends is dropped. SetMembers may be called again at any time.

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>
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
  // `peers` may name members of charters to come. INVALID_ARGUMENT when one is there twice or is
  // `self`. Borrows the identity's key.
  static StatusOr<std::unique_ptr<PeerLinks>> Create(const Accord& accord, std::string_view self,
                                                     const std::vector<PeerAddress>& peers,
                                                     const ChannelIdentity& identity);
  ~PeerLinks() override;

  // Links to these members and no others; links to members that stay, with the same CA, stay.
  // Returns who cannot be dialled because no address is known. `self` may be among them.
  StatusOr<std::vector<std::string>> SetMembers(const std::vector<MemberCa>& members);
  void Start(replica::Replica& replica);
  void Stop();
  // The peer dialled this node, so it is there: dial it now.
  void Nudge(const std::string& member);

  void SendConsensus(const std::string& to, std::shared_ptr<const std::string> message) override;
  void SendRecords(const std::string& to,
                   std::shared_ptr<const std::vector<std::string>> envelopes) override;
  void SendCheckpoint(const std::string& to, std::shared_ptr<const std::string> note) override;
  void FetchBlocks(const std::string& from, uint64_t first_height) override;

  const Accord& accord() const { return accord_; }
  // The hello of this node as it is now.
  v1::Hello OwnHello() const;

 private:
  struct Link {
    Bytes ca_der;
    std::shared_ptr<PeerLink> link;
  };
  PeerLinks(const Accord& accord, std::string self, const ChannelIdentity& identity)
      : accord_(accord), self_(std::move(self)), identity_(identity) {}
  LinkEvents EventsFor(const std::string& peer);
  std::shared_ptr<PeerLink> LinkTo(const std::string& to) const;
  // The same broadcast comes once for each peer: the wire message of the newest source is kept.
  template <typename Source, typename Fill>
  std::shared_ptr<const v1::PeerMessage> Wrap(const std::shared_ptr<const Source>& source,
                                              const Fill& fill);

  const Accord accord_;
  const std::string self_;
  const ChannelIdentity identity_;
  std::map<std::string, std::string> addresses_;      // by member
  std::atomic<replica::Replica*> replica_ = nullptr;  // set by Start, before any event
  Scheduler scheduler_;

  mutable Mutex links_mu_;
  std::map<std::string, Link> links_ ABSL_GUARDED_BY(links_mu_);             // by member
  std::vector<std::shared_ptr<PeerLink>> ended_ ABSL_GUARDED_BY(links_mu_);  // hung up on

  Mutex mu_;
  std::shared_ptr<const void> newest_source_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<const v1::PeerMessage> newest_ ABSL_GUARDED_BY(mu_);
};

}  // namespace parley::rpc
