// Opening: whose database is it, what does it hold, may this node vote.

#include "node/replica/generation.h"
#include "node/replica/replica_impl.h"

namespace parley::replica {
namespace {

constexpr size_t kSignaturesMax = 65'536;
constexpr consensus::Epoch kEpoch{1};
// A block may take this share of a view's time to execute: all members do it, some more slowly.
constexpr uint64_t kBlockTimeShare = 4;

}  // namespace

StatusOr<std::unique_ptr<Replica>> Replica::Create(const ReplicaOptions& options,
                                                   const rules::Charter& charter,
                                                   store::Store& store, SecretKey node_key,
                                                   SecretKey cosigner_key, Transport& transport,
                                                   const Clock& clock) {
  auto out =
      std::make_unique<ReplicaImpl>(options, charter, store, std::move(node_key), transport, clock);
  RETURN_IF_ERROR(out->Start(std::move(cosigner_key)), "replica of \"{}\"", options.member);
  return std::unique_ptr<Replica>(std::move(out));
}

ReplicaImpl::ReplicaImpl(const ReplicaOptions& options, const rules::Charter& charter,
                         store::Store& store, SecretKey node_key, Transport& transport,
                         const Clock& clock)
    : options_(options),
      charter_(charter),
      store_(store),
      node_key_(std::move(node_key)),
      transport_(transport),
      clock_(clock),
      signatures_(kSignaturesMax),
      executor_(charter, [this](const record::ParsedRecord& record,
                                const PublicKey& key) { return signatures_.Check(record, key); }),
      work_(executor_, pending_, options.view_timeout_ms / kBlockTimeShare,
            [this](const Status& s) { Fail(s); }),
      app_(executor_, tree_, work_, [this](const Status& s) { Fail(s); }),
      intake_(executor_, tree_, pending_),
      votes_(charter.ledger_id(), kEpoch),
      connected_(charter.members().size()) {}

ReplicaImpl::~ReplicaImpl() {
  std::vector<std::shared_ptr<Submission>> left;
  if (pool_.has_value()) left = pool_->Stop();
  for (auto& s : inbox_.Close()) left.push_back(std::move(s));
  if (thread_.joinable()) thread_.join();
  for (const auto& s : left) {  // of these nothing is durable
    for (SubmitOutcome& o : s->outcomes) {
      if (o.status.ok()) o.status = Unavailable("this node is stopping");
    }
    Answer(s);
  }
  AnswerAll(absl::OkStatus());
}

Status ReplicaImpl::CheckKeys(const SecretKey& cosigner_key) const {
  const rules::CharterMember& me = charter_.members()[self_];
  if (me.node_key != node_key_.public_key())
    return FailedPrecondition(fmt::format("the node key ({}) is not the charter's ({})",
                                          FingerprintOf(node_key_.public_key()),
                                          FingerprintOf(me.node_key)));
  if (me.cosigner_key != cosigner_key.public_key())
    return FailedPrecondition(fmt::format("the cosigner key ({}) is not the charter's ({})",
                                          FingerprintOf(cosigner_key.public_key()),
                                          FingerprintOf(me.cosigner_key)));
  return absl::OkStatus();
}

Status ReplicaImpl::Start(SecretKey cosigner_key) {
  const std::optional<size_t> self = charter_.IndexOf(options_.member);
  if (!self.has_value())
    return FailedPrecondition(
        fmt::format("the charter of \"{}\" has no such member", charter_.origin()));
  self_ = *self;
  RETURN_IF_ERROR(CheckKeys(cosigner_key));
  RETURN_IF_ERROR(store::BindIdentity(store_, charter_.ledger_id(), options_.member));
  RETURN_IF_ERROR(OpenLedger());
  RETURN_IF_ERROR(OpenConsensus());
  ASSIGN_OR_RETURN(Cosigner cosigner, Cosigner::Create(charter_, self_, std::move(cosigner_key),
                                                       store_.TakeSnapshot()));
  cosigner_.emplace(std::move(cosigner));
  Publish(Turn());
  UpdateStatus();
  Log(LogLevel::kInfo, "replica.start",
      {{"member", options_.member},
       {"height", std::to_string(tree_.base().tip.height)},
       {"entries", std::to_string(tree_.base().tip.size)},
       {"pending", std::to_string(pending_.size())},
       {"voting", may_vote_ ? "yes" : "no"}});
  pool_.emplace(options_.verify_threads,
                [this](std::shared_ptr<Submission> s) { Prepare(std::move(s)); });
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

Status ReplicaImpl::WriteGenesis() {
  Log(LogLevel::kWarn, "database.new",
      {{"directory", store_.dir()},
       {"note",
        "if a node of this member has voted before, stop: a member that forgot its votes "
        "must not vote with the same key"}});
  ASSIGN_OR_RETURN(const rules::ExecutedBlock genesis, executor_.Genesis());
  ASSIGN_OR_RETURN(store::BlockWriter writer, store::BlockWriter::Create(store_));
  store::Store::Batch batch;
  const rules::RawBlock raw{genesis.header, {}};
  RETURN_IF_ERROR(writer.Append(genesis, raw.Encode(charter_.ledger_id()), "", &batch));
  return store_.Commit(std::move(batch));
}

StatusOr<consensus::Block> ReplicaImpl::ReadBlock(const store::LedgerReader& reader,
                                                  uint64_t height) {
  ASSIGN_OR_RETURN(std::string bytes, reader.BlockBytes(height));
  StatusOr<consensus::Block> block = app_.Parse(std::move(bytes));
  if (!block.ok())
    return DataLoss(fmt::format("stored block {}: {}", height, MessageOf(block.status())));
  return block;
}

Status ReplicaImpl::OpenLedger() {
  std::optional<rules::LedgerTip> tip;
  ASSIGN_OR_RETURN(tip, store::LedgerReader(store_.TakeSnapshot()).Tip());
  ASSIGN_OR_RETURN(const std::string why_no_votes, CountStart(store_, !tip.has_value()));
  if (!why_no_votes.empty()) NoMoreVotes(why_no_votes);
  for (int round = 0; round < 2 && !tip.has_value(); ++round) {
    if (round == 1) RETURN_IF_ERROR(WriteGenesis());
    ASSIGN_OR_RETURN(tip, store::LedgerReader(store_.TakeSnapshot()).Tip());
  }
  if (!tip.has_value()) return DataLoss("the database does not keep what is written");
  const std::shared_ptr<const store::Snapshot> snapshot = store_.TakeSnapshot();
  const store::LedgerReader reader(snapshot);
  ASSIGN_OR_RETURN(const rules::ExecutedBlock genesis, executor_.Genesis());
  ASSIGN_OR_RETURN(const consensus::Block first, ReadBlock(reader, 0));
  if (first.id != genesis.tip.block)
    return FailedPrecondition(
        fmt::format("the database's first block is {}, the charter's is {}: the charter note has "
                    "other signatures than the one it was made with",
                    first.id, genesis.tip.block));
  ASSIGN_OR_RETURN(store::BlockWriter writer, store::BlockWriter::Create(store_));
  writer_.emplace(std::move(writer));
  tree_.Reset(*tip, snapshot);
  return pending_.Load(*snapshot, clock_.Now());
}

void ReplicaImpl::NoMoreVotes(const std::string& why) {
  may_vote_ = false;
  Alarm(
      fmt::format("{}; this node follows and serves, but never votes again with this key (the "
                  "charter must name a new node key)",
                  why));
}

StatusOr<std::unique_ptr<consensus::Core>> ReplicaImpl::MakeCore(consensus::Restored restored,
                                                                 bool voting) {
  consensus::CoreConfig config;
  config.ledger_id = charter_.ledger_id();
  config.epoch = kEpoch;
  for (const rules::CharterMember& m : charter_.members()) config.members.push_back(m.node_key);
  config.self = consensus::MemberIndex{static_cast<uint8_t>(self_)};
  ASSIGN_OR_RETURN(config.first_block, ReadBlock(store::LedgerReader(store_.TakeSnapshot()), 0));
  config.voting_enabled = voting;
  config.view_timeout_ms = options_.view_timeout_ms;
  return consensus::Core::Create(config, app_, signer_, verifier_, std::move(restored));
}

Status ReplicaImpl::OpenConsensus() {
  const std::shared_ptr<const store::Snapshot> snapshot = store_.TakeSnapshot();
  const store::LedgerReader reader(snapshot);
  consensus::Restored minimal;
  const uint64_t height = tree_.base().tip.height;
  ASSIGN_OR_RETURN(minimal.tip, ReadBlock(reader, height));
  ASSIGN_OR_RETURN(const std::string finalization, reader.Finalization(height));
  if (!finalization.empty()) {
    auto decoded = consensus::DecodeCertificate(charter_.ledger_id(), AsBytes(finalization));
    if (!decoded.ok())
      return DataLoss(
          fmt::format("finalization of block {}: {}", height, MessageOf(decoded.status())));
    minimal.tip_finalization = std::move(*decoded);
  }
  const consensus::View from =
      minimal.tip_finalization ? minimal.tip_finalization->vote.view : consensus::View{0};
  ASSIGN_OR_RETURN(VoteLog::Contents log, votes_.Load(*snapshot, app_, from));
  if (log.votes_lost) NoMoreVotes("votes that this node signed are missing from its database");
  consensus::Restored restored = std::move(log.restored);
  restored.tip = minimal.tip;
  restored.tip_finalization = minimal.tip_finalization;
  auto core = MakeCore(std::move(restored), may_vote_);
  if (absl::IsFailedPrecondition(core.status())) {
    NoMoreVotes(
        fmt::format("the stored votes contradict themselves: {}", MessageOf(core.status())));
    core = MakeCore(std::move(minimal), false);
  }
  RETURN_IF_ERROR(core.status());
  core_ = std::move(*core);
  return absl::OkStatus();
}

}  // namespace parley::replica
