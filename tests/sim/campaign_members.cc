// Records, and changes of the membership.

#include <algorithm>

#include "tests/sim/campaign_run.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

namespace {

constexpr size_t kMembersMax = 10;

Host* AnyUp(const std::vector<Host*>& hosts, Rng& rng) {
  std::vector<Host*> up;
  for (Host* h : hosts) {
    if (h->up()) up.push_back(h);
  }
  return up.empty() ? nullptr : up[rng.Below(up.size())];
}

}  // namespace

void Campaign::Submit(Rng& rng) {
  Host* host = AnyUp(cluster_.member_hosts(), rng);
  if (host == nullptr) return;
  const std::string record = fmt::format("record-{}", accepted_.size());
  accepted_[record] = host->machine();
  host->Submit(record);
}

// What must become final: accepted by a machine that is a member at the end and whose disk kept it.
std::set<std::string> Campaign::Required() {
  std::set<std::string> out;
  const std::vector<Host*> members = cluster_.member_hosts();
  for (const auto& [record, machine] : accepted_) {
    const bool kept = std::any_of(members.begin(), members.end(), [&, m = machine](Host* h) {
      return h->machine() == m && !cluster_.oracle().IsDamaged(m);
    });
    if (kept) out.insert(record);
  }
  return out;
}

bool Campaign::IsAffordable(const std::vector<ToyMember>& members) const {
  size_t bad = 0;
  for (const ToyMember& m : members) bad += untrusted_.contains(m.machine);
  return !members.empty() && members.size() <= kMembersMax && bad <= FaultyMax(members.size());
}

bool Campaign::Change(ToyCharter& charter, What what, size_t machine, Rng& rng) {
  auto& members = charter.members;
  const auto it = std::find_if(members.begin(), members.end(),
                               [&](const ToyMember& m) { return m.machine == machine; });
  if (what == What::kRotateKey && it != members.end()) {
    ++it->generation;
  } else if (what == What::kAddMember && it == members.end()) {
    // A key of its own for each time that a machine joins.
    members.push_back({machine, ToInt(charter.epoch) * 16});
    std::sort(members.begin(), members.end());
  } else if (what == What::kRemoveMember && it != members.end()) {
    members.erase(it);
  } else if (what != What::kTwoChanges) {
    // The item's machine is not in the right place for it: any other one.
    const What other = rng.Percent(50) ? What::kRotateKey : What::kRemoveMember;
    const size_t pick = rng.Below(members.size());
    if (other == What::kRotateKey) {
      ++members[pick].generation;
    } else {
      members.erase(members.begin() + static_cast<long>(pick));
    }
  }
  charter.epoch = Epoch{ToInt(charter.epoch) + 1};
  return IsAffordable(members);
}

void Campaign::SubmitCharter(const ToyCharter& charter, Rng& rng) {
  Host* host = AnyUp(cluster_.member_hosts(), rng);
  if (host != nullptr) host->Submit(CharterRecord(charter));
}

void Campaign::DoChange(const Item& item, Rng& rng) {
  ToyCharter charter{cluster_.oracle().epoch(), cluster_.oracle().members()};
  if (item.what != What::kTwoChanges) {
    if (Change(charter, item.what, item.machine, rng)) SubmitCharter(charter, rng);
    return;
  }
  // Back to back: the second is handed in before the first is final.
  for (int i = 0; i < 2; ++i) {
    const What what = rng.Percent(50) ? What::kRemoveMember : What::kAddMember;
    if (!Change(charter, what, rng.Below(cluster_.machine_count()), rng)) return;
    SubmitCharter(charter, rng);
  }
}

uint64_t Campaign::Departures(size_t machine) const {
  const std::vector<Host*> members = cluster_.member_hosts();
  if (members.empty()) return 0;
  uint64_t count = 0;
  bool inside = FirstEra(cluster_.first_members())->Contains(machine);
  for (const Host* h : members) {
    if (h->machine() == machine) continue;
    for (const Deliver& d : h->disk().ledger) {
      if (!d.block.seal) continue;
      const bool next = EraAfter(d.block)->Contains(machine);
      count += inside && !next;
      inside = next;
    }
    break;
  }
  return count;
}

bool Campaign::HasMemberAlways(size_t machine) const {
  const auto& first = cluster_.first_members();
  const auto in = [&](const std::vector<ToyMember>& members) {
    return std::any_of(members.begin(), members.end(),
                       [&](const ToyMember& m) { return m.machine == machine; });
  };
  if (!in(first)) return false;
  for (const Host* h : cluster_.member_hosts()) {
    for (const Deliver& d : h->disk().ledger) {
      if (d.block.seal && !in(EraAfter(d.block)->members)) return false;
    }
  }
  return true;
}

}  // namespace parley::sim
