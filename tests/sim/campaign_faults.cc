// What each item of a plan does to the network, to machines and to disks.

#include "node/consensus/codec.h"
#include "tests/sim/campaign_run.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

void Campaign::Prepare(const Item& item) {
  Network& net = cluster_.world().network;
  Rng rng(item.salt);
  std::vector<Host*> hosts = cluster_.honest_hosts();
  hosts.insert(hosts.end(), cluster_.twin_hosts().begin(), cluster_.twin_hosts().end());
  constexpr uint64_t kLoss[] = {5, 20, 60};
  switch (item.what) {
    case What::kCodec:
      cluster_.world().through_codec = true;
      return;
    case What::kLoss:
      net.loss_percent = kLoss[rng.Below(3)];
      return;
    case What::kDuplicate:
      net.duplicate_percent = 10;
      return;
    case What::kDelay: {
      const uint64_t mean = rng.Range(5, 200);
      net.delay_min_ms = mean / 4 + 1;
      net.delay_max_ms = mean * 2;
      return;
    }
    case What::kSlowSync:
      for (Host* h : hosts) h->options().sync_max_ms = 40;
      return;
    case What::kClock:
      for (Host* h : hosts) {
        if (h->machine() != item.machine) continue;
        h->options().skew_ms = static_cast<int64_t>(rng.Below(4'000)) - 2'000;
        h->options().drift_ppm = static_cast<int64_t>(rng.Below(100'000)) - 50'000;
      }
      return;
    case What::kSlowMachine:
      for (Host* h : hosts) {
        if (h->machine() == item.machine) h->options().check_ms = rng.Range(100, 1'500);
      }
      return;
    case What::kBandwidth:
      net.bytes_per_ms = rng.Range(8, 100);
      return;
    default:
      return;
  }
}

void Campaign::Do(const Item& item) {
  Rng rng(item.salt);
  switch (item.what) {
    case What::kRecord:
      return Submit(rng);
    case What::kAddMember:
    case What::kRemoveMember:
    case What::kRotateKey:
    case What::kTwoChanges:
      return DoChange(item, rng);
    case What::kPartition:
    case What::kIsolate:
    case What::kMovingPartition:
    case What::kOneWayCut:
    case What::kClog:
    case What::kReunite:
      return DoNetwork(item, rng);
    case What::kFlipBits:
    case What::kOlderCopy:
    case What::kWipe:
      return DoDisk(item, rng);
    default:
      return DoMachine(item, rng);
  }
}

void Campaign::DoNetwork(const Item& item, Rng& rng) {
  World& world = cluster_.world();
  Network& net = world.network;
  const size_t count = net.group.size();
  switch (item.what) {
    case What::kPartition: {
      const uint64_t groups = rng.Range(2, 3);
      for (size_t& g : net.group) g = rng.Below(groups);
      break;
    }
    case What::kIsolate:
      for (size_t i = 0; i < count; ++i) net.group[i] = world.machine_of(i) == item.machine;
      break;
    case What::kMovingPartition:
      for (uint64_t k = 0; k < 4; ++k) {
        world.At(world.now_ms() + k * 700, [this, k, first = item.machine] {
          World& w = cluster_.world();
          if (w.now_ms() >= kFaults_ms) return;  // healed meanwhile
          const size_t away = (first + k) % cluster_.machine_count();
          for (size_t i = 0; i < w.network.group.size(); ++i)
            w.network.group[i] = w.machine_of(i) == away;
          w.Reconnect();
        });
      }
      return;
    case What::kOneWayCut:
      for (int k = 0; k < 3; ++k) net.cut.emplace(rng.Below(count), rng.Below(count));
      break;
    case What::kClog:
      for (int k = 0; k < 4; ++k)
        net.clogged[{rng.Below(count), rng.Below(count)}] = world.now_ms() + rng.Range(500, 6'000);
      return;
    default:
      for (size_t& g : net.group) g = 0;
      net.cut.clear();
      break;
  }
  world.Reconnect();
}

void Campaign::Crash(Host* host, uint64_t down_ms) {
  host->Crash();
  cluster_.world().At(cluster_.world().now_ms() + down_ms, [host] {
    if (!host->up()) host->Start();
  });
}

void Campaign::DoMachine(const Item& item, Rng& rng) {
  World& world = cluster_.world();
  Host* host = cluster_.honest(item.machine);
  if (item.what == What::kCrashAll) {
    for (Host* h : cluster_.honest_hosts()) Crash(h, rng.Range(1, 4'000));
    return;
  }
  if (host == nullptr) return;
  switch (item.what) {
    case What::kCrash:
      return Crash(host, rng.Range(1, 4'000));
    case What::kLongAbsence:
      return Crash(host, rng.Range(5'000, 60'000));
    case What::kRestartLoop:
      for (uint64_t k = 0; k < 6; ++k)
        world.At(world.now_ms() + k * rng.Range(5, 400), [this, host] { Crash(host, 2); });
      return;
    case What::kFailingSync:
      host->fail_next_sync = true;
      world.At(world.now_ms() + rng.Range(100, 4'000), [host] {
        host->fail_next_sync = false;
        if (!host->up()) host->Start();
      });
      return;
    case What::kClockStep:
      host->options().skew_ms += static_cast<int64_t>(rng.Below(6'000)) - 3'000;
      return;
    case What::kClockLeap:
      return Leap(rng);
    case What::kDisagree:
      return Disagree();
    default:
      return;
  }
}

// All wall clocks at once, forwards or backwards, and back again.
void Campaign::Leap(Rng& rng) {
  const int64_t by = static_cast<int64_t>(rng.Below(2 * 86'400'000)) - 86'400'000;
  for (Host* h : cluster_.honest_hosts()) h->options().skew_ms += by;
  World& world = cluster_.world();
  world.At(world.now_ms() + rng.Range(100, 10'000), [this, by] {
    for (Host* h : cluster_.honest_hosts()) h->options().skew_ms -= by;
  });
}

// So many clocks are slow that nobody's blocks please a quorum: until the faults end.
void Campaign::Disagree() {
  constexpr int64_t kSlow_ms = 100'000;
  std::vector<Host*> hosts = cluster_.member_hosts();
  hosts.resize(std::min(hosts.size(), (cluster_.oracle().members().size() - 1) / 3 + 1));
  for (Host* h : hosts) h->options().skew_ms -= kSlow_ms;
  World& world = cluster_.world();
  world.At(std::max(world.now_ms() + 1, kFaults_ms), [hosts] {
    for (Host* h : hosts) h->options().skew_ms += kSlow_ms;
  });
}

void Campaign::DoDisk(const Item& item, Rng& rng) {
  World& world = cluster_.world();
  Host* host = cluster_.honest(item.machine);
  if (host == nullptr) return;
  if (item.what == What::kWipe) {
    host->Wipe();
    return Crash(host, rng.Range(1, 3'000));
  }
  if (item.what == What::kFlipBits) {
    cluster_.oracle().OnDamaged(host->machine());
    host->Crash();
    FlipBits(host->disk(), rng);
    return Crash(host, rng.Range(1, 3'000));
  }
  // Yesterday's copy comes back, and nobody says so.
  backups_[host->machine()] = host->disk();
  world.At(world.now_ms() + rng.Range(50, 8'000), [this, host, down = rng.Range(1, 3'000)] {
    host->Crash();
    host->disk() = backups_[host->machine()];
    cluster_.oracle().OnDiskReplaced(host->machine(), host->disk());
    cluster_.oracle().OnForgotten(host->machine());
    Crash(host, down);
  });
}

namespace {

// One byte of the stored form is another; nothing when it cannot be read any more.
template <class Decode>
auto Flip(std::string bytes, Rng& rng, Decode decode) {
  bytes[rng.Below(bytes.size())] ^= static_cast<char>(1U << rng.Below(8));
  return decode(bytes);
}

}  // namespace

// A store with checksums notices most of it: then the item is gone and the host says that its vote
// log is damaged. What it does not notice comes back as another value.
void Campaign::FlipBits(Disk& disk, Rng& rng) {
  for (auto& [key, vote] : disk.votes) {
    if (!rng.Percent(30)) continue;
    const auto back = Flip(EncodeSignedVote(LedgerId(), vote), rng, [](const std::string& b) {
      return DecodeSignedVote(LedgerId(), AsBytes(b));
    });
    if (back.ok()) vote = *back;
  }
  for (auto& [key, c] : disk.certificates) {
    if (!rng.Percent(30)) continue;
    const auto back = Flip(EncodeCertificate(LedgerId(), c), rng, [](const std::string& b) {
      return DecodeCertificate(LedgerId(), AsBytes(b));
    });
    if (back.ok()) c = *back;
  }
  for (auto& [id, slot] : disk.slots) {
    if (!rng.Percent(20)) continue;
    const auto back = Flip(EncodeStoredSlot(LedgerId(), slot), rng, [](const std::string& b) {
      return DecodeStoredSlot(LedgerId(), AsBytes(b));
    });
    if (back.ok()) slot = *back;
  }
}

}  // namespace parley::sim
