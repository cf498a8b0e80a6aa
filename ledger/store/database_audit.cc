#include "ledger/store/database_audit.h"

#include <algorithm>
#include <set>

#include "crypto/encoding.h"
#include "ledger/merkle/proof.h"
#include "ledger/note/cosignature.h"
#include "ledger/record/record.h"
#include "ledger/store/ledger_keys.h"
#include "ledger/store/rocks.h"

namespace parley::store {

std::string RowName(Family family, std::string_view key) {
  const bool text = !key.empty() && std::all_of(key.begin(), key.end(),
                                                [](char c) { return c >= 0x20 && c < 0x7f; });
  return fmt::format("{}/{}", FamilyName(family),
                     text ? std::string(key) : HexEncode(AsBytes(key)));
}

void DatabaseAudit::Add(std::string kind, std::string detail, Family family,
                        std::string_view key) const {
  archive::Problem p;
  p.kind = std::move(kind);
  p.detail = std::move(detail);
  p.place = RowName(family, key);
  found(std::move(p));
}

void DatabaseAudit::Stray(Family family, std::string_view key, std::string_view why) const {
  Add("stray", std::string(why), family, key);
}

bool DatabaseAudit::ForEachRow(Family family, const Row& fn) const {
  std::string last;
  const Status read = snapshot().ForEach(
      family, "", "", [&](std::string_view key, std::string_view value) -> StatusOr<bool> {
        last = key;
        fn(key, value);
        return true;
      });
  if (read.ok()) return true;
  Add("container", fmt::format("what lies behind this key cannot be read: {}", MessageOf(read)),
      family, last);
  return false;
}

void CheckNumbered(DatabaseAudit& audit) {
  audit.ForEachRow(Family::kEntries, [&](std::string_view key, std::string_view) {
    const StatusOr<uint64_t> number = ParseBigEndian64(key);
    if (!number.ok()) {
      audit.Stray(Family::kEntries, key, "it is no number of an entry");
    } else if (*number >= audit.count) {
      audit.Stray(
          Family::kEntries, key,
          fmt::format("an entry with the number {}: the ledger has {}", *number, audit.count));
    }
  });
  audit.ForEachRow(Family::kTiles, [&](std::string_view key, std::string_view value) {
    const StatusOr<uint64_t> number =
        key.empty() ? InvalidArgument("empty") : ParseBigEndian64(key.substr(1));
    const auto level = key.empty() ? uint8_t{0} : static_cast<uint8_t>(key.front());
    if (!number.ok() || level >= merkle::TileLevels(audit.count) ||
        *number >= merkle::TileCount(level, audit.count)) {
      audit.Stray(Family::kTiles, key, fmt::format("no tile of {} entries", audit.count));
    } else if (value.size() % Hash::kSize != 0) {
      audit.Add("tile", fmt::format("{} bytes are no whole number of hashes", value.size()),
                Family::kTiles, key);
    }
  });
}

namespace {

// Size, root and time of the newest checkpoint that this node may have cosigned.
std::string WrongGuard(DatabaseAudit& audit, std::string_view value) {
  Decoder in(AsBytes(value));
  const auto size = in.U64();
  const auto root = in.Fixed<Hash>();
  if (!size.ok() || !root.ok() || !in.U64().ok() || !in.Finish().ok()) return "it cannot be read";
  if (*size == 0) return {};
  if (*size > audit.count)
    return fmt::format("it says that size {} was cosigned, the ledger has {}", *size, audit.count);
  const StatusOr<Hash> held = merkle::RootFromTiles(audit.reader, *size);
  if (held.ok() && *held != *root)
    return fmt::format("it says that root {} was cosigned at size {}, the ledger has {}", *root,
                       *size, *held);
  return {};
}

// A line of a member that contradicts this ledger, kept as proof.
bool IsRefusedNote(const DatabaseAudit& audit, std::string_view key, std::string_view value) {
  const auto note = note::CosignedCheckpoint::Parse(value);
  return key.size() == 10 && note.ok() && BigEndian64(note->checkpoint.size) == key.substr(1, 8) &&
         note->checkpoint.origin == audit.founding().origin();
}

}  // namespace

void CheckCheckpointRows(DatabaseAudit& audit) {
  audit.ForEachRow(Family::kCheckpoints, [&](std::string_view key, std::string_view value) {
    if (key.starts_with('p') && key.size() == 9) return;  // audited with the checkpoints
    if (key == "m") {
      if (const std::string wrong = WrongGuard(audit, value); !wrong.empty())
        audit.Add("cosigned", wrong, Family::kCheckpoints, key);
    } else if (!key.starts_with('x')) {
      audit.Stray(Family::kCheckpoints, key, "nothing that a node keeps of checkpoints");
    } else if (!IsRefusedNote(audit, key, value)) {
      audit.Add("cosigned", "no checkpoint of another member, as its key says",
                Family::kCheckpoints, key);
    }
  });
}

void CheckVotes(DatabaseAudit& audit) {
  if (audit.consensus == nullptr) return;
  const StatusOr<std::string> member = audit.reader.Member();
  const std::string own = member.ok() ? *member : std::string();
  std::string count;
  audit.ForEachRow(Family::kVotes, [&](std::string_view key, std::string_view value) {
    if (key == "m") {
      count = value;
      return;
    }
    const Status row = audit.consensus->VoteRow(audit.replayed.charters, own, key, value);
    if (!row.ok()) audit.Add("votes", MessageOf(row), Family::kVotes, key);
  });
  const StatusOr<std::string> meta = audit.snapshot().Get(Family::kMeta, "votes");
  if ((meta.ok() ? *meta : std::string()) != count)
    audit.Add("votes", "it is not the count of signed votes that meta/votes holds: votes were lost",
              Family::kVotes, "m");
}

void CheckPending(DatabaseAudit& audit) {
  std::set<std::string> ids;
  audit.ForEachRow(Family::kPending, [&](std::string_view key, std::string_view value) {
    if (!ParseBigEndian64(key).ok()) {
      audit.Stray(Family::kPending, key, "it is no number of an arrival");
      return;
    }
    const auto record = record::ParsedRecord::Parse(std::string(value));
    if (!record.ok()) {
      audit.Add("pending", MessageOf(record.status()), Family::kPending, key);
      return;
    }
    const std::string id = record->id().ToString();
    const std::string who = fmt::format("record {} of {}/{}", record->id(),
                                        record->record().member(), record->record().officer());
    if (record->ledger_id() != audit.founding().ledger_id())
      audit.Add("pending", fmt::format("{} belongs to another ledger", who), Family::kPending, key);
    if (std::binary_search(audit.final_records.begin(), audit.final_records.end(), id))
      audit.Add("pending", fmt::format("{} is final already", who), Family::kPending, key);
    if (!ids.insert(id).second)
      audit.Add("pending", fmt::format("{} is there twice", who), Family::kPending, key);
  });
}

}  // namespace parley::store
