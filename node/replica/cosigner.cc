#include "node/replica/cosigner.h"

#include <algorithm>

#include "base/check.h"
#include "crypto/encoding.h"
#include "ledger/merkle/proof.h"

namespace parley::replica {
namespace {

using store::Family;

constexpr std::string_view kGuardKey = "m";
constexpr std::string_view kRefusedPrefix = "x";
// A member that catches up signs where it arrives, not every state on the way.
constexpr size_t kHeadsAtOnceMax = 8;

}  // namespace

void Cosigner::WriteGuard(store::Store::Batch* batch) const {
  Encoder out;
  out.U64(last_.size).Fixed(last_.root).U64(ToInt(last_.time));
  batch->Put(Family::kCheckpoints, kGuardKey, out.TakeString());
}

Cosigner::Round& Cosigner::OpenRound(const Head& head, store::Store::Batch* batch) {
  const auto [it, added] = rounds_.try_emplace(head.size);
  Round& round = it->second;
  if (!added) return round;
  round.checkpoint = {members_.charter->origin(), head.size, head.root};
  for (size_t m = 0; m < early_.size(); ++m) {
    const auto found = early_[m].find(head.size);
    if (found == early_[m].end()) continue;
    const note::CosignedCheckpoint theirs = std::move(found->second);
    early_[m].erase(early_[m].begin(), std::next(found));
    const note::SignatureLine* line = theirs.note.Find(keys_[m].name, keys_[m].id());
    if (line != nullptr) static_cast<void>(TakeLine(m, *line, theirs, nullptr, batch));
  }
  while (rounds_.size() > kRoundsMax && rounds_.begin()->first != head.size)
    rounds_.erase(rounds_.begin());
  return round;
}

void Cosigner::Prepare(std::vector<Head> heads, TimeMs now, store::Store::Batch* batch) {
  if (heads.size() > kHeadsAtOnceMax) heads.erase(heads.begin(), std::prev(heads.end()));
  for (const Head& head : heads) {
    // Never back, never two roots at one size: consensus gives each size once, in order.
    if (head.size <= last_.size) continue;
    newest_ = head;
    OpenRound(head, batch);
    if (!MaySign()) continue;
    prepared_.push_back(head);
    last_ = {head.size, head.root, std::max(now, last_.time)};
  }
  if (!prepared_.empty()) WriteGuard(batch);
}

void Cosigner::PrepareAgain(TimeMs now, store::Store::Batch* batch) {
  if (newest_.size == 0 || newest_.size < last_.size) return;
  if (newest_.size == last_.size && newest_.root != last_.root) return;
  OpenRound(newest_, batch);
  if (!MaySign()) return;
  if (prepared_.empty() || prepared_.back().size < newest_.size) prepared_.push_back(newest_);
  last_ = {newest_.size, newest_.root, std::max(now, last_.time)};
  WriteGuard(batch);
}

std::vector<std::string> Cosigner::TakeLines() {
  std::vector<std::string> out;
  const note::UnixSeconds time = note::ToSeconds(last_.time);
  for (const Head& head : std::exchange(prepared_, {})) {
    const auto round = rounds_.find(head.size);
    if (round == rounds_.end()) continue;
    const note::Checkpoint& checkpoint = round->second.checkpoint;
    const StatusOr<note::SignatureLine> line =
        note::Cosign(checkpoint, keys_[*members_.self].name, time, *members_.key);
    StatusOr<note::SignedNote> signed_note = note::SignedNote::FromText(checkpoint.Serialize());
    PARLEY_CHECK(line.ok() && signed_note.ok() && signed_note->Add(*line).ok());
    AddLine(&round->second, *members_.self, *line, time);
    peers_[*members_.self] = {head.size, last_.time};
    out.push_back(signed_note->Serialize());
  }
  if (!out.empty()) newest_line_ = out.back();
  return out;
}

void Cosigner::AddLine(Round* round, size_t member, const note::SignatureLine& line,
                       note::UnixSeconds time) {
  const auto held = round->times.find(member);
  if (held != round->times.end() && held->second >= time) return;
  round->lines[member] = line;
  round->times[member] = time;
  const uint64_t size = round->checkpoint.size;
  if (round->lines.size() >= members_.charter->quorum())
    quorum_size_ = std::max(quorum_size_, size);
  if (size == published_size_) more_lines_ = true;
}

Status Cosigner::Take(const std::string& note,
                      const std::shared_ptr<const store::Snapshot>& snapshot,
                      store::Store::Batch* batch) {
  ASSIGN_OR_RETURN(const note::CosignedCheckpoint theirs, note::CosignedCheckpoint::Parse(note));
  if (theirs.checkpoint.origin != members_.charter->origin())
    return InvalidArgument(fmt::format("checkpoint of \"{}\", not of \"{}\"",
                                       theirs.checkpoint.origin, members_.charter->origin()));
  bool any = false;
  for (size_t m = 0; m < keys_.size(); ++m) {
    const note::SignatureLine* line = theirs.note.Find(keys_[m].name, keys_[m].id());
    if (line == nullptr || m == members_.self) continue;
    any = true;
    RETURN_IF_ERROR(TakeLine(m, *line, theirs, snapshot, batch));
  }
  if (!any) return InvalidArgument("checkpoint without a line of another member");
  return absl::OkStatus();
}

Status Cosigner::TakeLine(size_t member, const note::SignatureLine& line,
                          const note::CosignedCheckpoint& theirs,
                          const std::shared_ptr<const store::Snapshot>& snapshot,
                          store::Store::Batch* batch) {
  const uint64_t size = theirs.checkpoint.size;
  const auto round = rounds_.find(size);
  if (round != rounds_.end()) {
    const auto held = round->second.lines.find(member);
    if (held != round->second.lines.end() && held->second == line) return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const note::UnixSeconds time,
                   note::VerifyCosignature(line, theirs.note.text(), keys_[member]));
  PeerHead& peer = peers_[member];
  if (size >= peer.size) peer.size = size;
  peer.time = std::max(peer.time, static_cast<TimeMs>(note::ToInt(time) * 1'000));
  if (round != rounds_.end()) {
    if (round->second.checkpoint.root == theirs.checkpoint.root) {
      AddLine(&round->second, member, line, time);
    } else {
      Refuse(member, theirs, round->second.checkpoint.root, batch);
    }
    return absl::OkStatus();
  }
  if (size > newest_.size) {  // we are not there yet
    early_[member].insert_or_assign(size, theirs);
    if (early_[member].size() > kEarlyPerMemberMax) early_[member].erase(early_[member].begin());
    return absl::OkStatus();
  }
  if (snapshot == nullptr) return absl::OkStatus();
  store::LedgerReader reader(snapshot);
  ASSIGN_OR_RETURN(const auto tip, reader.Tip());
  if (!tip.has_value() || size > tip->size) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Hash ours, merkle::RootFromTiles(reader, size));
  if (ours != theirs.checkpoint.root) Refuse(member, theirs, ours, batch);
  return absl::OkStatus();
}

void Cosigner::Refuse(size_t member, const note::CosignedCheckpoint& theirs, const Hash& ours,
                      store::Store::Batch* batch) {
  const uint64_t size = theirs.checkpoint.size;
  if (!NoteRefused(member, theirs)) return;
  refused_notes_.push_back(theirs.note.Serialize());
  batch->Put(Family::kCheckpoints,
             std::string(kRefusedPrefix) + BigEndian64(size) + static_cast<char>(member),
             theirs.note.Serialize());
  alarms_.push_back(fmt::format(
      "member \"{}\" has cosigned another history: at size {} its root is {}, ours is {}; its "
      "checkpoint is kept as proof",
      members_.charter->members()[member].name, size, theirs.checkpoint.root, ours));
}

bool Cosigner::NoteRefused(size_t member, const note::CosignedCheckpoint& theirs) {
  auto& heads = suspects_[member].heads;
  if (heads.size() >= kRefusedPerMemberMax) return false;
  return heads.try_emplace({theirs.checkpoint.size, theirs.checkpoint.root}, theirs).second;
}

bool Cosigner::Publish(store::Store::Batch* batch) {
  if (quorum_size_ <= published_size_ && !more_lines_) return false;
  more_lines_ = false;
  const auto round = rounds_.find(quorum_size_);
  if (round == rounds_.end()) {  // too old to be of interest
    quorum_size_ = published_size_;
    return false;
  }
  std::vector<note::SignatureLine> lines;
  for (const auto& [unused, line] : round->second.lines) lines.push_back(line);
  const StatusOr<note::SignedNote> assembled =
      note::AssembleCheckpoint(round->second.checkpoint, members_.charter->ledger_id(), lines);
  PARLEY_CHECK(assembled.ok());
  batch->Put(Family::kCheckpoints, store::CheckpointKey(quorum_size_), assembled->Serialize());
  published_size_ = quorum_size_;
  return true;
}

// ---- restart -----------------------------------------------------------------------------------

void Cosigner::SetCharter(Members members) {
  const std::vector<note::VerifierKey> old_keys = std::move(keys_);
  const std::vector<PeerHead> old_peers = std::move(peers_);
  const std::vector<Suspect> old_suspects = std::move(suspects_);
  const auto old_early = std::move(early_);
  members_ = std::move(members);
  keys_.clear();
  peers_.clear();
  suspects_.clear();
  early_.assign(members_.charter->members().size(), {});
  for (const rules::CharterMember& m : members_.charter->members()) {
    keys_.push_back(
        {members_.charter->CosignerKeyName(m.name), note::KeyType::kCosignature, m.cosigner_key});
    PeerHead& peer = peers_.emplace_back();
    Suspect& suspect = suspects_.emplace_back();
    for (size_t i = 0; i < old_keys.size(); ++i) {
      if (old_keys[i].name != keys_.back().name) continue;
      peer = old_peers[i];
      // What another key has signed is no evidence under this one, and no line.
      if (old_keys[i].key != keys_.back().key) continue;
      suspect.heads = old_suspects[i].heads;
      early_[keys_.size() - 1] = old_early[i];  // of those who were in the new epoch before us
    }
  }
  rounds_.clear();
  prepared_.clear();
  newest_line_.clear();
  more_lines_ = false;
  quorum_size_ = published_size_;
}

Status Cosigner::LoadGuard(store::LedgerReader& reader) {
  ASSIGN_OR_RETURN(const auto tip, reader.Tip());
  if (tip.has_value()) newest_ = {tip->size, tip->tree.Root()};
  const StatusOr<std::string> stored = reader.snapshot().Get(Family::kCheckpoints, kGuardKey);
  if (absl::IsNotFound(stored.status())) return absl::OkStatus();
  RETURN_IF_ERROR(stored.status());
  Decoder in(AsBytes(*stored));
  const auto size = in.U64();
  const auto root = in.Fixed<Hash>();
  const auto time = in.U64();
  if (!size.ok() || !root.ok() || !time.ok() || !in.Finish().ok())
    return DataLoss("the guard of cosignatures is damaged");
  last_ = {*size, *root, TimeMs{*time}};
  if (last_.size == 0) return absl::OkStatus();
  if (last_.size > newest_.size)
    return FailedPrecondition(
        fmt::format("this node has cosigned size {}, its ledger has {}: a "
                    "former state was restored",
                    last_.size, newest_.size));
  ASSIGN_OR_RETURN(const Hash held, merkle::RootFromTiles(reader, last_.size));
  if (held != last_.root)
    return FailedPrecondition(
        fmt::format("this node has cosigned root {} at size {}, its ledger has {} there",
                    last_.root, last_.size, held));
  return absl::OkStatus();
}

Status Cosigner::LoadRefused(const store::LedgerReader& reader) {
  return reader.snapshot().ForEach(
      Family::kCheckpoints, kRefusedPrefix, "",
      [&](std::string_view, std::string_view value) -> StatusOr<bool> {
        const StatusOr<note::CosignedCheckpoint> held = note::CosignedCheckpoint::Parse(value);
        if (!held.ok())
          return DataLoss(
              fmt::format("a refused checkpoint is damaged: {}", MessageOf(held.status())));
        for (size_t m = 0; m < keys_.size(); ++m) {
          if (held->note.Find(keys_[m].name, keys_[m].id()) != nullptr) NoteRefused(m, *held);
        }
        return true;
      });
}

Status Cosigner::LoadCheckpoint(const store::LedgerReader& reader) {
  ASSIGN_OR_RETURN(const std::optional<std::string> latest, reader.LatestCheckpoint());
  if (!latest.has_value()) return absl::OkStatus();
  const StatusOr<note::CosignedCheckpoint> held = note::CosignedCheckpoint::Parse(*latest);
  if (!held.ok())
    return DataLoss(fmt::format("the newest checkpoint is damaged: {}", MessageOf(held.status())));
  const uint64_t size = held->checkpoint.size;
  quorum_size_ = published_size_ = size;
  if (size > newest_.size) return DataLoss(fmt::format("a checkpoint of size {} is held", size));
  Round& round = rounds_[size];
  round.checkpoint = held->checkpoint;
  for (size_t m = 0; m < keys_.size(); ++m) {
    const note::SignatureLine* line = held->note.Find(keys_[m].name, keys_[m].id());
    if (line == nullptr) continue;
    const auto time = note::VerifyCosignature(*line, held->note.text(), keys_[m]);
    if (!time.ok()) return DataLoss("the newest checkpoint has a line that does not verify");
    AddLine(&round, m, *line, *time);
    peers_[m] = {size, static_cast<TimeMs>(note::ToInt(*time) * 1'000)};
  }
  more_lines_ = false;
  return absl::OkStatus();
}

StatusOr<Cosigner> Cosigner::Create(Members members,
                                    std::shared_ptr<const store::Snapshot> snapshot) {
  Cosigner out;
  out.SetCharter(std::move(members));
  store::LedgerReader reader(std::move(snapshot));
  RETURN_IF_ERROR(out.LoadGuard(reader), "cosigner");
  RETURN_IF_ERROR(out.LoadRefused(reader), "cosigner");
  RETURN_IF_ERROR(out.LoadCheckpoint(reader), "cosigner");
  return out;
}

}  // namespace parley::replica
