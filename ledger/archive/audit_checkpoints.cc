#include <algorithm>
#include <set>

#include "ledger/archive/audit_run.h"
#include "ledger/archive/layout.h"

namespace parley::archive {
namespace {

std::string MemberOf(const rules::Charter& charter, std::string_view key_name) {
  for (const rules::CharterMember& m : charter.members()) {
    if (charter.CosignerKeyName(m.name) == key_name) return m.name;
  }
  return {};
}

// Judges one checkpoint note after another by the charter.
class CheckpointPass {
 public:
  explicit CheckpointPass(AuditRun& run) : run_(run) {}

  // The checkpoint's size when the text can be read.
  std::optional<uint64_t> Check(const std::string& note, const std::string& place) {
    const auto parsed = note::CosignedCheckpoint::Parse(note);
    if (!parsed.ok()) {
      run_.Add("checkpoint", MessageOf(parsed.status()), place);
      return std::nullopt;
    }
    const uint64_t size = parsed->checkpoint.size;
    const rules::Charter& charter = run_.CharterAt(size);
    CheckLines(*parsed, charter, place);
    latest_s_ = 0;
    std::vector<std::string> cosigners = Cosigners(*parsed, charter, place);
    if (parsed->checkpoint.origin != charter.origin()) {
      run_.Add("checkpoint",
               fmt::format("it belongs to \"{}\", not to this ledger", parsed->checkpoint.origin),
               place);
    } else if (cosigners.size() < charter.quorum()) {
      run_.Add("checkpoint",
               fmt::format("of size {}: {} valid cosignatures of members, {} are needed", size,
                           cosigners.size(), charter.quorum()),
               place);
    } else {
      run_.checkpoints.push_back(
          {size, parsed->checkpoint.root, place, std::move(cosigners), latest_s_});
    }
    return size;
  }

 private:
  // The lines' number, order and owners are fixed: what nobody would write is reported.
  void CheckLines(const note::CosignedCheckpoint& c, const rules::Charter& charter,
                  const std::string& place) {
    const auto id = note::IdentificationVerifierKey(charter.origin(), charter.ledger_id());
    if (!note::VerifySignature(c.note, id).ok())
      run_.Add("checkpoint", "the line that names the ledger is missing or wrong", place);
    for (const note::SignatureLine& line : c.note.signatures()) {
      if (line.name != charter.origin() && MemberOf(charter, line.name).empty())
        run_.Add("checkpoint", fmt::format("a line by {}, who is not a member", line.name), place);
    }
    std::vector<note::SignatureLine> cosignatures;
    for (const note::SignatureLine& line : c.note.signatures())
      if (line.name != charter.origin()) cosignatures.push_back(line);
    const auto want = note::AssembleCheckpoint(c.checkpoint, charter.ledger_id(), cosignatures);
    if (!want.ok() || want->Serialize() != c.note.Serialize())
      run_.Add("checkpoint", "its signature lines are not as members write them", place);
  }

  std::vector<std::string> Cosigners(const note::CosignedCheckpoint& c,
                                     const rules::Charter& charter, const std::string& place) {
    std::vector<std::string> out;
    for (const rules::CharterMember& m : charter.members()) {
      const note::VerifierKey key{charter.CosignerKeyName(m.name), note::KeyType::kCosignature,
                                  m.cosigner_key};
      const note::SignatureLine* line = c.note.Find(key.name, key.id());
      const auto time = line == nullptr ? StatusOr<note::UnixSeconds>(NotFound("no line"))
                                        : note::VerifyCosignature(*line, c.note.text(), key);
      if (time.ok()) {
        latest_s_ = std::max(latest_s_, note::ToInt(*time));
        out.push_back(m.name);
        continue;
      }
      const auto named = [&](const note::SignatureLine& l) { return l.name == key.name; };
      const auto& lines = c.note.signatures();
      if (std::none_of(lines.begin(), lines.end(), named)) continue;
      Problem p;
      p.kind = "checkpoint";
      p.detail = fmt::format("the cosignature of {} on size {} does not verify", m.name,
                             c.checkpoint.size);
      p.member = m.name;
      p.place = place;
      run_.Add(std::move(p));
    }
    return out;
  }

  AuditRun& run_;
  uint64_t latest_s_ = 0;  // of the note that was looked at last
};

// Two quorums that contradict each other name the members who signed both.
void FindForks(AuditRun& run) {
  std::vector<ValidCheckpoint>& all = run.checkpoints;
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.size != b.size ? a.size < b.size : a.root < b.root;
  });
  const auto same = [](const auto& a, const auto& b) {
    return a.size == b.size && a.root == b.root;
  };
  all.erase(std::unique(all.begin(), all.end(), same), all.end());
  for (size_t i = 1; i < all.size(); ++i) {
    if (all[i].size != all[i - 1].size) continue;
    std::vector<std::string> both;
    std::set_intersection(all[i].cosigners.begin(), all[i].cosigners.end(),
                          all[i - 1].cosigners.begin(), all[i - 1].cosigners.end(),
                          std::back_inserter(both));
    run.Add("consistency",
            fmt::format("two cosigned roots of {} entries, {} and {}: {} signed both", all[i].size,
                        all[i - 1].root, all[i].root, fmt::join(both, ", ")),
            all[i].place);
  }
}

void CheckHeld(AuditRun& run, CheckpointPass& pass, const std::string& latest) {
  const StatusOr<std::vector<uint64_t>> sizes = run.source.CheckpointSizes();
  if (!sizes.ok()) {
    run.Add("checkpoint", MessageOf(sizes.status()));
    return;
  }
  for (const uint64_t size : *sizes) {
    const std::string place = run.source.CheckpointPlace(size);
    const StatusOr<std::string> note = run.source.Checkpoint(size);
    if (!note.ok()) {
      run.Add("checkpoint", MessageOf(note.status()), place);
      continue;
    }
    ++run.report.checkpoints;
    run.report.checkpoint_sizes.push_back(size);
    if (size == run.latest_size && *note == latest && !run.source.MayOutrunCheckpoint()) continue;
    const std::optional<uint64_t> said = pass.Check(*note, place);
    if (said.has_value() && *said != size)
      run.Add("checkpoint", fmt::format("it is of size {}, its name says {}", *said, size), place);
    if (size == run.latest_size && *note != latest)
      run.Add("checkpoint", fmt::format("it differs from {}", kCheckpointFile), place);
  }
  if (!sizes->empty() && run.latest_size.has_value() && sizes->back() > *run.latest_size)
    run.Add("checkpoint",
            fmt::format("the newest is said to be of size {}, but there is one of size {}",
                        *run.latest_size, sizes->back()),
            std::string(kCheckpointFile));
  if (run.latest_size.has_value() && !run.source.MayOutrunCheckpoint() &&
      !std::binary_search(sizes->begin(), sizes->end(), *run.latest_size))
    run.Add("checkpoint", fmt::format("{} is missing", CheckpointFile(*run.latest_size)),
            CheckpointFile(*run.latest_size));
}

}  // namespace

void AuditCheckpoints(AuditRun& run) {
  CheckpointPass pass(run);
  const StatusOr<std::string> latest = run.source.LatestCheckpoint();
  if (!latest.ok()) {
    if (run.count > 1 || !run.source.MayOutrunCheckpoint())
      run.Add("checkpoint", MessageOf(latest.status()), std::string(kCheckpointFile));
  } else if (!run.source.MayOutrunCheckpoint()) {
    run.latest_size = pass.Check(*latest, std::string(kCheckpointFile));
  }
  CheckHeld(run, pass, latest.ok() ? *latest : std::string());
  FindForks(run);
}

}  // namespace parley::archive
