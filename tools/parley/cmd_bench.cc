// parley bench: a load generator against live nodes.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>

#include "tools/parley/bench_lane.h"
#include "tools/parley/quantity.h"
#include "tools/parley/registry.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

struct BenchOptions {
  std::vector<std::string> profiles;
  std::string records = "1000", concurrency = "1", size = "512", passphrase_file, timeout = "30s";
};

// One profile's session and lane; the lane goes first.
struct Lane {
  std::unique_ptr<Session> session;
  std::unique_ptr<BenchLane> lane;
  Status status;
};

double Percentile(const std::vector<double>& sorted, double p) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<size_t>(std::lround(p * static_cast<double>(sorted.size() - 1)));
  return sorted[std::min(rank, sorted.size() - 1)];
}

StatusOr<std::vector<Lane>> OpenLanes(const BenchOptions& o, uint64_t records, uint64_t concurrency,
                                      uint64_t size) {
  std::vector<Lane> lanes;
  const uint64_t n = o.profiles.size();
  for (uint64_t i = 0; i < n; ++i) {
    ConnectOptions connect;
    connect.profile = o.profiles[i];
    connect.passphrase_file = o.passphrase_file;
    connect.timeout = o.timeout;
    // The remainders go to the first lanes, one each.
    LaneOptions lane{records / n + (i < records % n ? 1 : 0),
                     std::max<uint64_t>(1, concurrency / n + (i < concurrency % n ? 1 : 0)), size};
    Lane item;
    ASSIGN_OR_RETURN(item.session, Session::Open(connect), "'{}'", o.profiles[i]);
    ASSIGN_OR_RETURN(item.lane, BenchLane::Create(*item.session, lane), "'{}'", o.profiles[i]);
    RETURN_IF_ERROR(item.lane->Prepare(), "'{}'", o.profiles[i]);
    lanes.push_back(std::move(item));
  }
  return lanes;
}

// Runs all lanes at once; the bar is drawn here, on the main thread.
double RunLanes(std::vector<Lane>* lanes, uint64_t records) {
  const auto started = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  std::atomic<size_t> running{lanes->size()};
  for (Lane& lane : *lanes) {
    threads.emplace_back([&lane, &running] {
      lane.status = lane.lane->Run();
      --running;
    });
  }
  ProgressBar progress("bench");
  std::chrono::steady_clock::time_point ended;
  while (running > 0) {
    uint64_t done = 0;
    for (const Lane& lane : *lanes) done += lane.lane->done();
    progress.Show(done, records);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ended = std::chrono::steady_clock::now();
  for (std::thread& thread : threads) thread.join();
  progress.Show(records, records);
  return std::chrono::duration<double>(ended - started).count();
}

Result Report(const std::vector<double>& sorted, double seconds, uint64_t concurrency,
              uint64_t size, size_t officers) {
  const double rate = seconds > 0 ? static_cast<double>(sorted.size()) / seconds : 0;
  const double p50 = Percentile(sorted, 0.50), p95 = Percentile(sorted, 0.95),
               p99 = Percentile(sorted, 0.99);
  Result r;
  r.data = {{"records", sorted.size()},
            {"concurrency", concurrency},
            {"size_bytes", size},
            {"officers", officers},
            {"seconds", seconds},
            {"records_per_second", rate},
            {"p50_ms", p50},
            {"p95_ms", p95},
            {"p99_ms", p99},
            {"max_ms", sorted.empty() ? 0 : sorted.back()}};
  r.text = Table({{"records", "in flight", "bytes", "officers", "seconds", "records/s", "p50 ms",
                   "p95 ms", "p99 ms"},
                  {std::to_string(sorted.size()), std::to_string(concurrency), std::to_string(size),
                   std::to_string(officers), fmt::format("{:.2f}", seconds),
                   fmt::format("{:.0f}", rate), fmt::format("{:.2f}", p50),
                   fmt::format("{:.2f}", p95), fmt::format("{:.2f}", p99)}}) +
           "\nTimes are from handing a record in until it is final on a quorum of nodes.\n";
  return r;
}

StatusOr<Result> Bench(const BenchOptions& o) {
  ASSIGN_OR_RETURN(const uint64_t records, ParseCount(o.records, 10'000, "--records"));
  ASSIGN_OR_RETURN(const uint64_t concurrency, ParseCount(o.concurrency, 10'000, "--concurrency"));
  ASSIGN_OR_RETURN(const uint64_t size, ParseCount(o.size, 8'000, "--size"));
  if (records < o.profiles.size() || concurrency == 0)
    return InvalidArgument("--records: at least one for each profile; --concurrency: at least 1");
  if (records * (size + 600) > kOutboxBytesMax)
    return InvalidArgument("--records times --size: more than an outbox holds (64 MiB)");
  ASSIGN_OR_RETURN(std::vector<Lane> lanes, OpenLanes(o, records, concurrency, size));
  const double seconds = RunLanes(&lanes, records);
  std::vector<double> latencies;
  for (size_t i = 0; i < lanes.size(); ++i) {
    RETURN_IF_ERROR(lanes[i].status, "'{}'", o.profiles[i]);
    const std::vector<double>& part = lanes[i].lane->latencies_ms();
    latencies.insert(latencies.end(), part.begin(), part.end());
  }
  std::sort(latencies.begin(), latencies.end());
  return Report(latencies, seconds, concurrency, size, lanes.size());
}

}  // namespace

void AddBenchCommand(Registry& registry) {
  Command command = registry.Add(
      registry.app(), "bench", "Loads live nodes with synthetic reports and measures finality",
      "  parley bench --records 2000 --concurrency 64 --size 512 --profile anna.profile\n"
      "  parley bench --records 2000 --concurrency 4 --profile anna.profile --profile "
      "omar.profile\n");
  auto o = std::make_shared<BenchOptions>();
  command.AddOption("--profile", o->profiles, "An officer's profile; repeat for more officers")
      .Required();
  command.AddOption("--records", o->records, "How many in all, at most 10000 (default 1000)");
  command.AddOption("--concurrency", o->concurrency,
                    "Records in flight, over all officers (default 1)");
  command.AddOption("--size", o->size, "Bytes of a record, roughly (default 512)");
  command.AddOption("--passphrase-file", o->passphrase_file, "Instead of the profiles' own");
  command.AddOption("--timeout", o->timeout, "Of each call (default 30s)");
  registry.Run(command, o, Bench);
}

}  // namespace parley::cli
