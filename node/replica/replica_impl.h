#pragma once

// The replica's one thread and all it owns. One class, because a turn of the thread touches all of
// it; one file per concern:
//   replica_create.cc   opening: identity, genesis, what was stored
//   replica_epoch.cc    the charter in force, this node's part in it, and the core of its epoch
//   replica_loop.cc     turns: take inputs, step, commit, let the effects out
//   replica_intake.cc   records on their way in, and their submitters
//   replica_deliver.cc  final blocks, pending records that ended, publishing
//   replica_gossip.cc   handing pending records to other members
//   replica_face.cc     what other threads call
//
// A turn: everything that arrived is worked off into one batch and a list of effects; the batch is
// committed; only then the effects happen. After a failure nothing is sent, signed or answered with
// OK any more.

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <thread>

#include "base/mutex.h"
#include "ledger/rules/queries.h"
#include "ledger/store/ledger_store.h"
#include "node/consensus/certificates.h"
#include "node/proofs/proof_check.h"
#include "node/replica/catch_up.h"
#include "node/replica/cosigner.h"
#include "node/replica/inbox.h"
#include "node/replica/intake_check.h"
#include "node/replica/ledger_app.h"
#include "node/replica/log.h"
#include "node/replica/refusals.h"
#include "node/replica/replica.h"
#include "node/replica/signatures.h"
#include "node/replica/stall.h"
#include "node/replica/status.h"
#include "node/replica/stepped_replica.h"
#include "node/replica/verify_pool.h"
#include "node/replica/vote_log.h"

namespace parley::replica {

class ReplicaImpl final : public SteppedReplica {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  ReplicaImpl(const ReplicaOptions& options, const rules::Charter& founding, store::Store& store,
              NodeKeys keys, Transport& transport, const Clock& clock);
  ~ReplicaImpl() override;

  // Called once before anything else. Without threads that verify, whoever calls RunTurn does it.
  Status Start(unsigned verify_threads);
  // Turns from now on are this replica's own affair.
  void StartThread();
  std::optional<SteadyMs> RunTurn() override;

  Status Submit(std::vector<std::string> envelopes, bool wait_final, SteadyTime deadline,
                SubmitDone done) override;
  Status OnConsensus(const std::string& from, std::string message) override;
  Status OnRecords(const std::string& from, std::vector<std::string> envelopes) override;
  Status OnCheckpoint(const std::string& from, std::string note) override;
  Status OnConnected(const std::string& peer) override;
  Status OnDisconnected(const std::string& peer) override;
  Status OnBlocksFetched(const std::string& from, uint64_t first_height,
                         std::vector<std::string> blocks, std::string finalization) override;
  Status OnFetchFailed(const std::string& from) override;
  std::shared_ptr<const Published> Latest() const override;
  ReplicaStatus GetStatus() const override;
  StatusOr<std::pair<uint64_t, RecordId>> AuthorHead(const KeyId& key) const override;
  StatusOr<std::string> PendingRecord(const RecordId& id) const override;
  uint64_t AddListener(Listener listener) override;
  void RemoveListener(uint64_t id) override;
  Status Health() const override;

 private:
  class NodeSigner final : public consensus::Signer {
   public:
    explicit NodeSigner(const SecretKey& key) : key_(key) {}
    Signature Sign(ByteSpan message) override { return key_.Sign(message); }

   private:
    const SecretKey& key_;
  };
  // Cores of nodes that sign nothing; they never ask.
  class NoSigner final : public consensus::Signer {
   public:
    Signature Sign(ByteSpan) override { return Signature(); }
  };

  // The epoch whose core runs. Its members are those of the charter in force, but for a member that
  // has left: its node keeps the last epoch it took part in.
  struct EpochPlace {
    std::shared_ptr<const rules::Charter> charter;  // shared with readers
    uint64_t first_height = 0;                      // of the epoch's first block
    std::optional<size_t> self;                     // this member's number, when it is one
    const SecretKey* node_key = nullptr;            // of node_keys_, when the charter names it
    bool left = false;                              // the charter in force has other members
    std::string standing;  // why this node takes no part, in words; empty when it does
  };

  struct FinalRecord {
    RecordId id;
    uint64_t index = 0;
    TimeMs time{};
  };
  struct Ended {  // a record that will never be final
    RecordId id;
    KeyId author;
    Status why;
  };
  // What one turn collects before its commit.
  struct Turn {
    TimeMs now{};       // of the wall clock: for blocks, receipts and cosignatures
    SteadyMs steady{};  // for every timer
    store::Store::Batch batch;
    bool stepped = false;
    bool found_proof = false;  // of misbehaviour, that the ledger has not
    std::vector<consensus::Send> sends;
    std::vector<consensus::FetchBlocks> fetches;
    std::vector<consensus::ForwardRecords> forwards;
    std::vector<std::string> connected;
    std::vector<std::string> asked;   // members that ask where we are
    std::vector<std::string> gossip;  // envelopes accepted from clients
    std::vector<std::shared_ptr<Submission>> submissions;
    std::vector<FinalRecord> final_records;
    std::vector<Ended> ended;
    std::vector<Cosigner::Head> heads;
    std::optional<BlockId> tip;       // last delivered block
    bool seal = false;                // it ended its epoch
    bool checkpoint_written = false;  // also with more lines for the same size
    bool new_checkpoint = false;
  };

  // --- Opening (replica_create.cc).
  Status OpenLedger();
  Status WriteGenesis();
  StatusOr<consensus::Block> ReadBlock(const store::LedgerReader& reader, uint64_t height);

  // --- Epochs (replica_epoch.cc).
  // Reads the charter in force from the committed state and makes the core of its epoch.
  Status EnterEpoch();
  Status FindPlace();
  Status FindCosigner();
  Status OpenCore();
  StatusOr<consensus::Restored> ReadTip(const store::LedgerReader& reader);
  StatusOr<std::unique_ptr<consensus::Core>> MakeCore(consensus::Restored restored, bool voting);
  void NoMoreVotes(const std::string& why);
  // The core has found that its key signed what this database does not know: for ever.
  void RememberHalt(Turn* turn);
  std::optional<consensus::MemberIndex> NumberOf(const std::string& member) const;
  // The same, or the number of a helper: who is no member of the epoch and serves its blocks.
  std::optional<consensus::MemberIndex> ServerNumberOf(const std::string& member) const;
  const std::string& ServerOf(consensus::MemberIndex m) const;
  void NoteAhead(const std::string& who, consensus::Epoch epoch, Turn* turn);
  const std::string& NameOf(consensus::MemberIndex m) const {
    return epoch_.charter->members()[consensus::ToInt(m)].name;
  }
  // Tells a node that is not a member of this epoch where the ledger is.
  void TellStatus(const std::string& to, SteadyMs now);

  // --- Turns (replica_loop.cc).
  void Run();
  void FirstTurn();
  void TakeTurn(const Inbox::Taken& taken);
  void GiveUp();  // after a failure: whoever waits is told
  Turn BeginTurn();
  bool OneTurn(const Inbox::Taken& taken);  // true when it ended the epoch
  void BeginNextEpoch();
  void WorkOff(const std::vector<Input>& inputs, Turn* turn);
  void On(const input::Consensus& in, Turn* turn);
  void On(const input::Connected& in, Turn* turn);
  void On(const input::Disconnected& in, Turn* turn);
  void On(const input::Checkpoint& in, Turn* turn);
  void On(const input::Fetched& in, Turn* turn);
  void On(const input::FetchFailed& in, Turn* turn);
  void Step(const consensus::Event& event, Turn* turn);
  void PrepareCosigning(Turn* turn);
  // A proof that is in the batch: the ledger gets it with the next block.
  void TakeProof(const std::string& proof, Turn* turn);
  void TakeCosignerProofs(Turn* turn);
  // What is not on the ledger yet, to a member that may have missed it.
  void SendProofs(const std::string& peer);
  bool Commit(Turn* turn);
  void LetOut(Turn* turn);
  // The newest checkpoint that bears our line, if any.
  void SendNewestLine(const std::string& peer);
  void Broadcast(const std::shared_ptr<const std::string>& note);
  std::chrono::milliseconds Heartbeat() const;
  SteadyMs WakeAt() const;
  void Fail(const Status& why);
  bool failed() const { return failed_.load(std::memory_order_relaxed); }
  void Alarm(const std::string& text);

  // --- Records (replica_intake.cc).
  void Prepare(const std::shared_ptr<Submission>& s);  // on a pool thread
  Status VerifyAhead(const record::ParsedRecord& record);
  void TakeRecords(const std::shared_ptr<Submission>& s, Turn* turn);
  // OK: pending or final now.
  Status TakeRecord(const record::ParsedRecord& record, bool local, Turn* turn,
                    SubmitOutcome* outcome);
  Status CheckForeign(const record::ParsedRecord& record);
  // OK when the key may write for the officer that the record names.
  static Status CheckName(const record::ParsedRecord& record, const v1::KeyState& key);
  // The same, and the signature verifies.
  Status CheckAuthor(const record::ParsedRecord& record, const v1::KeyState& key);
  // What an older version, or a peer, left here and can never be entered.
  Status PurgePending();
  // Records that wait for a predecessor which does not come: their home node has them still.
  void DropStranded(Turn* turn);
  // Keeps a second record of an author under one number with the first, pending or final: proof
  // against the author, once for each key. Nothing when there is no first or `second` is not
  // rightly signed.
  void KeepProof(const record::ParsedRecord& second, Turn* turn);
  // The author's record under that number; nullopt when there is none, or too far back to look for.
  std::optional<record::ParsedRecord> HeldOrFinal(const KeyId& key, uint64_t sequence);
  void AnswerDurable(const std::shared_ptr<Submission>& s, const Turn& turn);
  std::string MakeReceipt(const RecordId& id, TimeMs now) const;
  void TellFinal(const FinalRecord& record);
  void TellEnded(const Ended& ended);
  void AnswerLate();
  void Answer(const std::shared_ptr<Submission>& s);
  void AnswerAll(const Status& why);

  // --- Final blocks (replica_deliver.cc).
  void Deliver(const consensus::Deliver& d, Turn* turn);
  void DropBeaten(const record::ParsedRecord& final_record, Turn* turn);
  void DropIllegal(Turn* turn);
  void Drop(const record::ParsedRecord& record, const Status& why, Turn* turn);
  void Publish(const Turn& turn);
  void TellListeners();
  void UpdateStatus();
  void MeasureCatchUp(ReplicaStatus* out);
  std::vector<std::string> Notices(const ReplicaStatus& s);
  void NoteClocks(SteadyMs now);
  std::string WhyItWaits(const consensus::CoreStatus& core) const;

  // --- Gossip (replica_gossip.cc).
  void SendInParts(const std::optional<std::string>& to, std::vector<std::string> envelopes);
  // All of them, or only those whose time has come to be sent once more.
  void Forward(const std::optional<std::string>& to, SteadyMs now, bool all);
  void SendEnvelopes(const std::optional<std::string>& to, std::vector<std::string> envelopes);
  void ForOthers(const std::function<void(const std::string&)>& fn) const;

  const ReplicaOptions options_;
  const rules::Charter& founding_;
  store::Store& store_;
  const NodeKeys keys_held_;
  Transport& transport_;
  const Clock& clock_;

  std::shared_ptr<const rules::Charter> charter_;  // in force; shared with readers
  uint64_t epoch_height_ = 0;                      // of the block that brought it into force
  std::shared_ptr<const rules::Charter> before_;   // the one that it replaced, if any
  EpochPlace epoch_;
  std::unique_ptr<consensus::Signer> signer_;  // of this epoch; outlives the core
  consensus::Ed25519Verifier verifier_;
  SignatureCache signatures_;
  KeyTable keys_;
  rules::Executor executor_;
  BlockTree tree_;
  Pending pending_;
  ProofPool proofs_;
  Refusals refusals_;
  StallMeter stall_;
  std::optional<int64_t> clock_difference_ms_;  // LedgerApp::TakeClockDifference, the last one
  SteadyMs clock_noted_at_{};
  KeyId forwarded_to_;              // whose records Forward sent last
  SteadyMs sweep_at_{};             // DropStranded not before
  std::set<KeyId> proven_authors_;  // of whom a proof was kept since the start (KeepProof)
  Work work_;
  LedgerApp app_;
  IntakeCheck intake_;
  std::optional<VoteLog> votes_;  // of this epoch
  uint64_t counted_votes_ = 0;    // when generation.h last counted
  std::optional<Cosigner> cosigner_;
  std::optional<store::BlockWriter> writer_;
  std::unique_ptr<consensus::Core> core_;
  std::optional<SteadyMs> core_wake_;
  bool may_vote_ = true;
  bool cosign_later_ = false;   // while it catches up it signs nothing, then the newest
  SteadyMs cosign_again_at_{};  // the newest once more, so that readers see that this node is there
  std::set<std::string> connected_;
  std::map<std::string, SteadyMs> told_;           // TellStatus, by member
  std::map<std::string, consensus::Epoch> ahead_;  // epochs that strangers say they are in
  std::vector<std::string> helpers_;               // of this epoch's core, by number
  std::vector<input::Consensus> leftover_;         // of the turn in which the epoch ended
  std::vector<std::string> alarms_;                // newest last
  uint64_t refused_checkpoints_ = 0;               // since the last line about them
  SteadyMs refused_line_at_{};                     // not before this, the next such line
  CatchUpMeter catch_up_;
  std::optional<SteadyMs> flush_at_;  // later cosignatures are written then at the latest

  // Who waits for what: only the replica thread.
  std::multimap<RecordId, std::pair<std::shared_ptr<Submission>, size_t>> waiters_;
  std::multimap<SteadyTime, std::weak_ptr<Submission>> deadlines_;

  mutable Mutex mu_;
  std::shared_ptr<const Published> published_ ABSL_GUARDED_BY(mu_);
  ReplicaStatus status_ ABSL_GUARDED_BY(mu_);
  Status health_ ABSL_GUARDED_BY(mu_);
  std::atomic<bool> failed_{false};
  std::atomic<uint64_t> turn_began_ms_{0};  // of the steady clock; 0 between turns
  Mutex listeners_mu_;
  std::map<uint64_t, Listener> listeners_ ABSL_GUARDED_BY(listeners_mu_);
  uint64_t next_listener_ ABSL_GUARDED_BY(listeners_mu_) = 1;

  Inbox inbox_;
  size_t inputs_max_ = 64;  // in one turn
  bool had_first_turn_ = false;
  std::optional<VerifyPool> pool_;
  std::thread thread_;
};

}  // namespace parley::replica
