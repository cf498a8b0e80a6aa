#include "ledger/archive/audit.h"

#include <algorithm>

#include "ledger/archive/audit_run.h"
#include "ledger/record/record.h"
#include "parley/v1/entry.pb.h"

namespace parley::archive {
namespace {

constexpr uint64_t kAlteredEntriesFactor = 100;

}  // namespace

// A flood of one kind must not wash away another, and least of all the names of altered entries.
void AuditRun::Add(Problem problem) {
  const uint64_t max =
      options.kind_problems_max * (problem.kind == "leaf" ? kAlteredEntriesFactor : 1);
  if (listed[problem.kind] < max) {
    ++listed[problem.kind];
    report.problems.push_back(std::move(problem));
  } else {
    ++report.unlisted[problem.kind];
  }
}

void AuditRun::Add(std::string kind, std::string detail, std::string place) {
  Problem p;
  p.kind = std::move(kind);
  p.detail = std::move(detail);
  p.place = std::move(place);
  Add(std::move(p));
}

void AuditRun::AddEntry(std::string kind, std::string detail, uint64_t number,
                        std::string_view bytes) {
  Problem p;
  p.kind = std::move(kind);
  p.detail = std::move(detail);
  p.entry = number;
  p.place = source.EntryPlace(number);
  v1::Entry entry;
  if (entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) && entry.has_record()) {
    const auto record = record::ParsedRecord::Parse(entry.record());
    if (record.ok()) {
      p.member = record->record().member();
      p.author = p.member + "/" + record->record().officer();
    }
  }
  Add(std::move(p));
}

namespace {

// Hashes of all entries are held in memory: about 150 bytes for each entry.
constexpr uint64_t kEntriesMax = 1'000'000'000;

Status CheckOptions(const AuditOptions& options) {
  if (options.trusted_ledger_id.empty()) return absl::OkStatus();
  return LedgerId::FromHex(options.trusted_ledger_id).status();
}

void Sort(std::vector<Problem>* problems) {
  std::stable_sort(problems->begin(), problems->end(), [](const Problem& a, const Problem& b) {
    return a.entry.value_or(0) < b.entry.value_or(0);
  });
}

}  // namespace

StatusOr<AuditReport> Audit(Source& source, const AuditOptions& options) {
  RETURN_IF_ERROR(CheckOptions(options));
  AuditRun run(source, options);
  run.report.source = source.Name();
  const StatusOr<uint64_t> count = source.EntryCount();
  if (count.ok() && *count > kEntriesMax)
    return ResourceExhausted(fmt::format("{} says it has {} entries; this program audits up to {}",
                                         run.report.source, *count, kEntriesMax));
  if (count.ok()) run.count = *count;
  if (!count.ok()) run.Add("container", MessageOf(count.status()));
  const Status charter = AuditCharter(run);
  if (absl::IsFailedPrecondition(charter)) {  // one cause, one problem
    run.Add("charter", MessageOf(charter), source.CharterPlace(1));
    return std::move(run.report);
  }
  if (!charter.ok()) {
    run.Add("charter",
            fmt::format("without a charter nothing else can be checked: {}", MessageOf(charter)));
  } else {
    AuditCheckpoints(run);
    AuditTree(run);
    AuditHeld(run);
    const Replayed replayed = AuditReplay(run);
    source.CompareWith(replayed, options.consensus, [&](Problem p) { run.Add(std::move(p)); });
  }
  for (std::string& problem : source.ContainerProblems()) run.Add("container", std::move(problem));
  Sort(&run.report.problems);
  return std::move(run.report);
}

}  // namespace parley::archive
