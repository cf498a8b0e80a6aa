#include <set>

#include "ledger/archive/audit_run.h"
#include "parley/v1/entry.pb.h"

namespace parley::archive {
namespace {

// Looks for every proven entry: at its place, at another one, or nowhere.
class PlacesPass {
 public:
  explicit PlacesPass(AuditRun& run) : run_(run) {}

  void Run() {
    FindMoved();
    for (uint64_t number = 0; number < run_.total; ++number) Judge(number);
    EndOfRun();
    for (const auto& [first, end] : missing_) ReportMissing(first, end - 1);
    for (const auto& [first, end] : changed_) ReportChanged(first, end - 1);
    for (const uint64_t position : foreign_) Foreign(position);
  }

 private:
  bool InPlace(uint64_t number) const {
    return run_.Readable(number) && run_.leaves[number] == run_.proven[number];
  }

  // An entry's own number says where it belongs; its proven leaf hash says whether that is true.
  void FindMoved() {
    for (uint64_t p = 0; p < run_.count; ++p) {
      if (!run_.Readable(p) || (run_.Proven(p) && InPlace(p))) continue;
      const StatusOr<std::string> bytes = run_.source.Entry(p);
      v1::Entry entry;
      if (!bytes.ok() || !entry.ParseFromString(*bytes)) continue;
      const uint64_t number = entry.index();
      if (number == p || !run_.Proven(number) || InPlace(number)) continue;
      if (run_.proven[number] != run_.leaves[p]) continue;
      run_.moved.emplace(number, p);
      belongs_elsewhere_.insert(p);
    }
    for (const auto& [number, position] : run_.moved) {
      const bool here = number < run_.count && run_.Readable(number);
      if (here && !belongs_elsewhere_.contains(number)) foreign_.insert(number);
    }
  }

  void Judge(uint64_t number) {
    if (!run_.Proven(number)) {
      if (!run_.Readable(number)) Missing(number);
      return;
    }
    if (InPlace(number)) return;
    if (const auto moved = run_.moved.find(number); moved != run_.moved.end()) {
      Moved(number, moved->second);
    } else if (run_.Readable(number) && !belongs_elsewhere_.contains(number)) {
      run_.damaged[number] = true;
      Extend(&changed_, number);
    } else {
      Missing(number);
    }
  }

  void Missing(uint64_t number) {
    run_.damaged[number] = true;
    Extend(&missing_, number);
  }

  // Runs as [first, end), in ascending order.
  using Runs = std::vector<std::pair<uint64_t, uint64_t>>;
  static void Extend(Runs* runs, uint64_t number) {
    if (!runs->empty() && runs->back().second == number) {
      ++runs->back().second;
    } else {
      runs->emplace_back(number, number + 1);
    }
  }

  void ReportMissing(uint64_t first, uint64_t last) {
    const auto found = run_.unreadable.find(first);
    const std::string why = found == run_.unreadable.end() ? "" : ": " + MessageOf(found->second);
    run_.AddEntry("entry",
                  first == last ? "it is missing" + why
                                : fmt::format("entries {} to {} are missing{}", first, last, why),
                  first, {});
  }

  // A few neighbours are named one by one, with their authors.
  void ReportChanged(uint64_t first, uint64_t last) {
    constexpr uint64_t kOneByOneMax = 16;
    const bool run = last - first >= kOneByOneMax;
    for (uint64_t number = first; number <= (run ? first : last); ++number) {
      const StatusOr<std::string> bytes = run_.source.Entry(number);
      run_.AddEntry("leaf",
                    run ? fmt::format("entries {} to {} were changed: their hashes are not those "
                                      "that members cosigned",
                                      first, last)
                        : "it was changed: its hash is not the one that members cosigned",
                    number, bytes.ok() ? *bytes : std::string());
    }
  }

  // Neighbours that moved by the same distance are one problem.
  void Moved(uint64_t number, uint64_t position) {
    const bool goes_on = run_length_ > 0 && number == run_first_ + run_length_ &&
                         position == run_position_ + run_length_;
    if (!goes_on) {
      EndOfRun();
      run_first_ = number;
      run_position_ = position;
    }
    ++run_length_;
  }

  void EndOfRun() {
    if (run_length_ == 0) return;
    const std::string what = run_length_ == 1
                                 ? fmt::format("it stands in the place of entry {}", run_position_)
                                 : fmt::format("entries {} to {} stand in the places of {} to {}",
                                               run_first_, run_first_ + run_length_ - 1,
                                               run_position_, run_position_ + run_length_ - 1);
    const StatusOr<std::string> bytes = run_.source.Entry(run_position_);
    run_.AddEntry("order", what, run_first_, bytes.ok() ? *bytes : std::string());
    run_length_ = 0;
  }

  // The right entry was pushed away by one that nobody cosigned.
  void Foreign(uint64_t position) {
    const StatusOr<std::string> bytes = run_.source.Entry(position);
    run_.AddEntry("leaf", "what stands here is not an entry that members cosigned", position,
                  bytes.ok() ? *bytes : std::string());
  }

  AuditRun& run_;
  std::set<uint64_t> belongs_elsewhere_;  // positions
  std::set<uint64_t> foreign_;            // positions
  Runs missing_;
  Runs changed_;
  uint64_t run_first_ = 0;
  uint64_t run_position_ = 0;
  uint64_t run_length_ = 0;
};

}  // namespace

void AuditPlaces(AuditRun& run) { PlacesPass(run).Run(); }

}  // namespace parley::archive
