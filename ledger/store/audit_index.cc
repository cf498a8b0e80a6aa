// The index made again from the entries.

#include <algorithm>

#include "crypto/encoding.h"
#include "ledger/archive/file_set.h"
#include "ledger/store/database_audit.h"
#include "ledger/store/ledger_keys.h"

namespace parley::store {
namespace {

struct Wanted {
  std::string key;
  std::string value;
  uint64_t number = 0;
};

std::string Concerns(std::string_view key) {
  if (key.starts_with('r') && key.size() == 1 + RecordId::kSize)
    return fmt::format("record {}", HexEncode(AsBytes(key.substr(1))));
  const size_t zero = key.find('\0');
  if (key.starts_with('c') && zero != std::string_view::npos) {
    const auto number = ParseBigEndian64(key.substr(zero + 1));
    if (number.ok())
      return fmt::format("entry {} of case {}", *number,
                         archive::Printable(key.substr(1, zero - 1)));
  }
  return "an unknown key";
}

// The entry that a row speaks of.
std::optional<uint64_t> NumberOf(std::string_view key, std::string_view value) {
  const auto number = key.starts_with('r') ? ParseBigEndian64(value)
                      : key.size() > 8     ? ParseBigEndian64(key.substr(key.size() - 8))
                                           : InvalidArgument("too short");
  return number.ok() ? std::optional<uint64_t>(*number) : std::nullopt;
}

std::vector<Wanted> WantedRows(DatabaseAudit& audit) {
  std::vector<Wanted> out;
  for (const archive::IndexedEntry& e : audit.replayed.entries) {
    if (e.record.has_value()) {
      out.push_back({RecordKey(*e.record), BigEndian64(e.number), e.number});
      audit.final_records.emplace_back(AsText(e.record->bytes()));
    }
    if (!e.case_id.empty())
      out.push_back({CasePrefix(e.case_id) + BigEndian64(e.number), "", e.number});
  }
  std::sort(out.begin(), out.end(), [](const Wanted& a, const Wanted& b) { return a.key < b.key; });
  std::sort(audit.final_records.begin(), audit.final_records.end());
  return out;
}

}  // namespace

void CheckIndex(DatabaseAudit& audit) {
  const std::vector<Wanted> want = WantedRows(audit);
  size_t next = 0;
  const auto missing = [&](const Wanted& w) {
    audit.Add("index",
              fmt::format("{}: it is missing, entry {} gives it", Concerns(w.key), w.number),
              Family::kIndex, w.key);
  };
  const auto take = [&](std::string_view key, std::string_view value) {
    for (; next < want.size() && want[next].key < key; ++next) missing(want[next]);
    if (next == want.size() || want[next].key != key) {
      const auto number = NumberOf(key, value);
      if (number.has_value() && audit.replayed.Damaged(*number)) return;  // reported already
      audit.Add("index", fmt::format("{}: no entry of the ledger gives it", Concerns(key)),
                Family::kIndex, key);
      return;
    }
    const Wanted& w = want[next++];
    if (w.value != value)
      audit.Add("index",
                fmt::format("{}: it points to {}, it is entry {}", Concerns(key),
                            archive::Printable(HexEncode(AsBytes(value))), w.number),
                Family::kIndex, key);
  };
  const bool all = audit.ForEachRow(Family::kIndex, take);
  for (; all && next < want.size(); ++next) missing(want[next]);
}

}  // namespace parley::store
