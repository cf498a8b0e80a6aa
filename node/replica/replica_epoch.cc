// The charter in force, this node's part in it, and the core of its epoch. Called at the start and
// whenever a final block has sealed its epoch.

#include "base/limits.h"
#include "ledger/rules/state_keys.h"
#include "ledger/rules/workspace.h"
#include "node/replica/generation.h"
#include "node/replica/replica_impl.h"

namespace parley::replica {
namespace {

constexpr uint64_t kTellAgainMs = 500;
constexpr size_t kToldMax = 64;
constexpr size_t kHelpersMax = limits::kMembersMax;

StatusOr<v1::CharterVersionState> ReadVersion(const rules::StateView& state, uint32_t version) {
  ASSIGN_OR_RETURN(const auto held, rules::ReadState<v1::CharterVersionState>(
                                        state, rules::keys::CharterVersion(version)));
  if (!held.has_value())
    return DataLoss(fmt::format("the state has no charter version {}", version));
  return *held;
}

const SecretKey* KeyFor(const std::vector<SecretKey>& held, const PublicKey& wanted) {
  for (const SecretKey& key : held)
    if (key.public_key() == wanted) return &key;
  return nullptr;
}

}  // namespace

Status ReplicaImpl::EnterEpoch() {
  RETURN_IF_ERROR(FindPlace());
  votes_.emplace(founding_.ledger_id(), consensus::Epoch{epoch_.charter->version()});
  RETURN_IF_ERROR(FindCosigner());
  RETURN_IF_ERROR(OpenCore());
  Log(LogLevel::kInfo, "epoch.begin",
      {{"epoch", std::to_string(epoch_.charter->version())},
       {"charter", charter_->hash().ToHex()},
       {"members", std::to_string(charter_->members().size())},
       {"standing", epoch_.standing.empty() ? "member" : epoch_.standing}});
  return absl::OkStatus();
}

Status ReplicaImpl::FindPlace() {
  const rules::StateView& state = tree_.base().state;
  ASSIGN_OR_RETURN(charter_, executor_.charters().InForce(state));
  ASSIGN_OR_RETURN(const v1::CharterVersionState now, ReadVersion(state, charter_->version()));
  epoch_height_ = now.height();
  before_.reset();
  if (charter_->version() > 1) {
    ASSIGN_OR_RETURN(before_, executor_.charters().Version(state, charter_->version() - 1));
  }
  EpochPlace place{charter_, epoch_height_, charter_->IndexOf(options_.member), nullptr, false, ""};
  may_vote_ = false;
  // Not at a start: who may have joined again meanwhile must follow to learn of it.
  if (!place.self.has_value() && before_ != nullptr && core_ != nullptr &&
      before_->FindMember(options_.member) != nullptr) {
    ASSIGN_OR_RETURN(const v1::CharterVersionState old, ReadVersion(state, before_->version()));
    place = {before_, old.height(), before_->IndexOf(options_.member), nullptr, true, ""};
    place.standing = fmt::format(
        "'{}' is not a member any more (charter version {}): this node keeps what it has and "
        "helps the others to finish the change",
        options_.member, charter_->version());
  }
  if (!place.self.has_value()) {
    place.standing = fmt::format("'{}' is no member under charter version {}: this node follows",
                                 options_.member, charter_->version());
  } else if (!place.left) {
    const PublicKey& wanted = charter_->members()[*place.self].node_key;
    place.node_key = KeyFor(keys_held_.node, wanted);
    if (place.node_key == nullptr)
      place.standing = fmt::format(
          "the charter in force names the node key {}, and this node has no such key file: it "
          "follows and serves, and votes on nothing",
          FingerprintOf(wanted));
  }
  if (!place.standing.empty()) Log(LogLevel::kWarn, "standing", {{"what", place.standing}});
  if (place.node_key != nullptr) {
    ASSIGN_OR_RETURN(const std::string why, WhyNoVotes(store_, place.node_key->public_key()));
    may_vote_ = why.empty();
    if (!may_vote_) NoMoreVotes(why);
    signer_ = std::make_unique<NodeSigner>(*place.node_key);
  } else {
    signer_ = std::make_unique<NoSigner>();
  }
  epoch_ = std::move(place);
  return absl::OkStatus();
}

Status ReplicaImpl::FindCosigner() {
  Cosigner::Members members{charter_, charter_->IndexOf(options_.member), nullptr};
  if (members.self.has_value()) {
    const PublicKey& wanted = charter_->members()[*members.self].cosigner_key;
    members.key = KeyFor(keys_held_.cosigner, wanted);
    if (members.key == nullptr)
      Alarm(
          fmt::format("the charter in force names the cosigner key {}, and this node has no such "
                      "key file: it cosigns nothing",
                      FingerprintOf(wanted)));
  }
  if (cosigner_.has_value()) {
    cosigner_->SetCharter(std::move(members));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(Cosigner cosigner, Cosigner::Create(std::move(members), store_.TakeSnapshot()));
  cosigner_.emplace(std::move(cosigner));
  return absl::OkStatus();
}

void ReplicaImpl::NoMoreVotes(const std::string& why) {
  may_vote_ = false;
  Alarm(
      fmt::format("{}; this node follows and serves, but never votes again with this key: make a "
                  "new one with 'parley key rotate'",
                  why));
}

void ReplicaImpl::RememberHalt(Turn* turn) {
  may_vote_ = false;
  const std::string why = alarms_.empty() ? "consensus has stopped this node" : alarms_.back();
  ForbidVotes(epoch_.node_key->public_key(), why, &turn->batch);
}

StatusOr<std::unique_ptr<consensus::Core>> ReplicaImpl::MakeCore(consensus::Restored restored,
                                                                 bool voting) {
  consensus::CoreConfig config;
  config.ledger_id = founding_.ledger_id();
  config.epoch = consensus::Epoch{epoch_.charter->version()};
  for (const rules::CharterMember& m : epoch_.charter->members())
    config.members.push_back(m.node_key);
  config.self = epoch_.self.has_value() ? consensus::MemberIndex{static_cast<uint8_t>(*epoch_.self)}
                                        : consensus::kObserver;
  ASSIGN_OR_RETURN(config.first_block,
                   ReadBlock(store::LedgerReader(store_.TakeSnapshot()), epoch_.first_height));
  config.voting_enabled = voting;
  config.helpers = kHelpersMax;
  config.view_timeout_ms = options_.view_timeout_ms;
  return consensus::Core::Create(config, app_, *signer_, verifier_, std::move(restored));
}

StatusOr<consensus::Restored> ReplicaImpl::ReadTip(const store::LedgerReader& reader) {
  consensus::Restored out;
  const uint64_t height = tree_.base().tip.height;
  ASSIGN_OR_RETURN(out.tip, ReadBlock(reader, height));
  // What made an epoch's first block final is a certificate of the epoch before.
  if (height == epoch_.first_height) return out;
  ASSIGN_OR_RETURN(const std::string finalization, reader.Finalization(height));
  if (finalization.empty()) return out;
  auto decoded = consensus::DecodeCertificate(founding_.ledger_id(), AsBytes(finalization));
  if (!decoded.ok())
    return DataLoss(
        fmt::format("finalization of block {}: {}", height, MessageOf(decoded.status())));
  out.tip_finalization = std::move(*decoded);
  return out;
}

Status ReplicaImpl::OpenCore() {
  const std::shared_ptr<const store::Snapshot> snapshot = store_.TakeSnapshot();
  ASSIGN_OR_RETURN(consensus::Restored minimal, ReadTip(store::LedgerReader(snapshot)));
  const consensus::View from =
      minimal.tip_finalization ? minimal.tip_finalization->vote.view : consensus::View{0};
  ASSIGN_OR_RETURN(VoteLog::Contents log, votes_->Load(*snapshot, app_, from));
  if (log.votes_lost && epoch_.node_key != nullptr) {
    const std::string why = "votes that this node signed are missing from its database";
    store::Store::Batch batch;
    ForbidVotes(epoch_.node_key->public_key(), why, &batch);
    RETURN_IF_ERROR(store_.Commit(std::move(batch)));
    NoMoreVotes(why);
  }
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
  core_wake_.reset();
  helpers_.clear();
  return absl::OkStatus();
}

std::optional<consensus::MemberIndex> ReplicaImpl::NumberOf(const std::string& member) const {
  const std::optional<size_t> index = epoch_.charter->IndexOf(member);
  if (!index.has_value()) return std::nullopt;
  return consensus::MemberIndex{static_cast<uint8_t>(*index)};
}

std::optional<consensus::MemberIndex> ReplicaImpl::ServerNumberOf(const std::string& member) const {
  if (const auto number = NumberOf(member)) return number;
  const auto found = std::find(helpers_.begin(), helpers_.end(), member);
  if (found == helpers_.end()) return std::nullopt;
  const auto place = static_cast<size_t>(found - helpers_.begin());
  return consensus::MemberIndex{static_cast<uint8_t>(epoch_.charter->members().size() + place)};
}

const std::string& ReplicaImpl::ServerOf(consensus::MemberIndex m) const {
  const size_t members = epoch_.charter->members().size();
  return ToInt(m) < members ? NameOf(m) : helpers_[ToInt(m) - members];
}

// The members of an epoch long past may all be gone. Who is a member now has its blocks.
void ReplicaImpl::NoteAhead(const std::string& who, consensus::Epoch epoch, Turn* turn) {
  if (epoch <= consensus::Epoch{epoch_.charter->version()}) return;
  if (ahead_.size() >= kHelpersMax && !ahead_.contains(who)) return;
  ahead_[who] = epoch;
  if (!ServerNumberOf(who).has_value()) helpers_.push_back(who);
  Step(consensus::event::Ahead{*ServerNumberOf(who)}, turn);
}

void ReplicaImpl::TellStatus(const std::string& to, SteadyMs now) {
  if (told_.size() > kToldMax) told_.clear();
  SteadyMs& told = told_[to];
  if (ToInt(now) < ToInt(told) + kTellAgainMs) return;
  told = now;
  const consensus::CoreStatus s = core_->Status();
  const consensus::StatusMessage status{s.epoch,      s.view, s.last_final,
                                        s.tip_height, s.tip,  /*ask=*/false};
  transport_.SendConsensus(to, std::make_shared<const std::string>(consensus::EncodeMessage(
                                   founding_.ledger_id(), consensus::Message(status))));
}

}  // namespace parley::replica
