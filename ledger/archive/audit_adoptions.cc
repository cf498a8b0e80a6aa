// Charters that replaced one another: found in the entries, each judged by the one before it, and
// compared with the files that the source shows.

#include "ledger/archive/audit_run.h"
#include "ledger/rules/charter_change.h"
#include "parley/v1/entry.pb.h"

namespace parley::archive {
namespace {

// Entries are small and read once more later; most are told apart by their first bytes. The fields
// of an entry that come before its content are skipped; true when the content is an event.
bool MayBeEvent(std::string_view bytes) {
  constexpr uint8_t kEventTag = 8 << 3 | 2;
  constexpr uint8_t kRecordTag = 7 << 3 | 2;
  size_t at = 0;
  const auto varint = [&] {
    uint64_t value = 0;
    for (int shift = 0; at < bytes.size() && shift < 64; shift += 7) {
      const auto byte = static_cast<uint8_t>(bytes[at++]);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) break;
    }
    return value;
  };
  while (at < bytes.size()) {
    const auto tag = static_cast<uint8_t>(bytes[at++]);
    if (tag == kEventTag) return true;
    if (tag == kRecordTag) return false;
    if ((tag & 7) == 2) {
      const uint64_t size = varint();
      if (size > bytes.size() - at) return true;
      at += size;
    } else {
      varint();
    }
  }
  return true;  // odd bytes are parsed, and reported where entries are looked at one by one
}

void Adopt(AuditRun& run, uint64_t index, const std::string& note) {
  const rules::Charter& before = *run.charters.back().charter;
  StatusOr<rules::Charter> next = rules::Charter::ParseAdopted(note, before);
  if (!next.ok()) {
    Problem p;
    p.kind = "charter";
    p.detail = fmt::format("the charter of this entry cannot replace version {}: {}",
                           before.version(), MessageOf(next.status()));
    p.entry = index;
    p.place = run.source.EntryPlace(index);
    run.Add(std::move(p));
    return;
  }
  run.charters.push_back({std::make_shared<const rules::Charter>(*std::move(next)), index + 1});
}

void CompareWithFiles(AuditRun& run) {
  const StatusOr<std::vector<std::string>> held = run.source.Charters();
  if (!held.ok()) return;  // reported with the founding charter
  for (size_t i = 1; i < std::max(held->size(), run.charters.size()); ++i) {
    const std::string place = run.source.CharterPlace(i + 1);
    if (i >= held->size()) {
      run.Add("charter",
              fmt::format("version {} was adopted by entry {} and is not here", i + 1,
                          run.charters[i].first_size - 1),
              place);
    } else if (i >= run.charters.size()) {
      run.Add("charter", "it was never adopted", place);
    } else if ((*held)[i] != run.charters[i].charter->note()) {
      run.Add("charter",
              fmt::format("it is not the note of entry {}", run.charters[i].first_size - 1), place);
    }
  }
}

}  // namespace

void AuditAdoptions(AuditRun& run) {
  run.charters = {{std::make_shared<const rules::Charter>(*run.charter), 0}};
  for (uint64_t i = 1; i < run.count; ++i) {
    const StatusOr<std::string> bytes = run.source.Entry(i);
    v1::Entry entry;
    if (!bytes.ok() || !MayBeEvent(*bytes) || !entry.ParseFromString(*bytes)) continue;
    if (entry.event().has_charter_adopted())
      Adopt(run, i, entry.event().charter_adopted().charter_note());
  }
  CompareWithFiles(run);
}

}  // namespace parley::archive
