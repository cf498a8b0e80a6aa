// Opening: whose database is it, what does it hold, may this node vote.

#include "node/replica/generation.h"
#include "node/replica/replica_impl.h"

namespace parley::replica {
namespace {

constexpr size_t kSignaturesMax = 65'536;
// A block may take this share of a view's time to execute: all members do it, some more slowly.
constexpr uint64_t kBlockTimeShare = 4;

}  // namespace

StatusOr<std::unique_ptr<Replica>> Replica::Create(const ReplicaOptions& options,
                                                   const rules::Charter& founding,
                                                   store::Store& store, NodeKeys keys,
                                                   Transport& transport, const Clock& clock) {
  auto out =
      std::make_unique<ReplicaImpl>(options, founding, store, std::move(keys), transport, clock);
  RETURN_IF_ERROR(out->Start(std::max(options.verify_threads, 1U)), "replica of \"{}\"",
                  options.member);
  out->StartThread();
  return std::unique_ptr<Replica>(std::move(out));
}

StatusOr<std::unique_ptr<SteppedReplica>> SteppedReplica::CreateStepped(
    const ReplicaOptions& options, const rules::Charter& founding, store::Store& store,
    NodeKeys keys, Transport& transport, const Clock& clock) {
  auto out =
      std::make_unique<ReplicaImpl>(options, founding, store, std::move(keys), transport, clock);
  RETURN_IF_ERROR(out->Start(0), "replica of \"{}\"", options.member);
  return std::unique_ptr<SteppedReplica>(std::move(out));
}

ReplicaImpl::ReplicaImpl(const ReplicaOptions& options, const rules::Charter& founding,
                         store::Store& store, NodeKeys keys, Transport& transport,
                         const Clock& clock)
    : options_(options),
      founding_(founding),
      store_(store),
      keys_held_(std::move(keys)),
      transport_(transport),
      clock_(clock),
      signatures_(kSignaturesMax),
      executor_(
          founding,
          [this](const record::ParsedRecord& record, const PublicKey& key) {
            return signatures_.Check(record, key);
          },
          proofs::CheckProof),
      proofs_(executor_),
      work_(executor_, pending_, proofs_, options.view_timeout_ms / kBlockTimeShare,
            [this](const Status& s) { Fail(s); }),
      app_(executor_, tree_, work_, clock, [this](const Status& s) { Fail(s); }),
      intake_(executor_, tree_, pending_) {}

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

Status ReplicaImpl::Start(unsigned verify_threads) {
  RETURN_IF_ERROR(store::BindIdentity(store_, founding_.ledger_id(), options_.member));
  RETURN_IF_ERROR(OpenLedger());
  RETURN_IF_ERROR(EnterEpoch());
  Publish(Turn());
  UpdateStatus();
  Log(LogLevel::kInfo, "replica.start",
      {{"member", options_.member},
       {"height", std::to_string(tree_.base().tip.height)},
       {"entries", std::to_string(tree_.base().tip.size)},
       {"epoch", std::to_string(consensus::ToInt(core_->Status().epoch))},
       {"pending", std::to_string(pending_.size())},
       {"voting", may_vote_ ? "yes" : "no"}});
  pool_.emplace(verify_threads, clock_,
                [this](std::shared_ptr<Submission> s) { Prepare(std::move(s)); });
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
  RETURN_IF_ERROR(writer.Append(genesis, raw.Encode(founding_.ledger_id()), "", &batch));
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
  RETURN_IF_ERROR(CountStart(store_, !tip.has_value(), keys_held_.node));
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
  RETURN_IF_ERROR(proofs_.Load(*snapshot, *tip, tree_.base().state));
  RETURN_IF_ERROR(pending_.Load(*snapshot, clock_.Steady()));
  return PurgePending();
}

}  // namespace parley::replica
