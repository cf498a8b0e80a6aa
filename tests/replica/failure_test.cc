// A disk that no longer takes writes: the node must stop at once, acknowledge nothing and sign
// nothing more. A limit on the size of this process's files makes the writes fail, so this has a
// program of its own.

#include <signal.h>
#include <sys/resource.h>

#include <filesystem>

#include "tests/replica/network.h"

namespace parley::testing {
namespace {

using Code = absl::StatusCode;

// No file can grow beyond `bytes` while it lives. The packaged RocksDB aborts when it cannot write
// its text log, so the limit must leave room for that and none for the write-ahead log.
class FullDisk {
 public:
  explicit FullDisk(uint64_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
    rlimit now = before_;
    now.rlim_cur = bytes;
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &now), 0);
  }
  ~FullDisk() { EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before_), 0); }

 private:
  rlimit before_{};
};

// The size of the write-ahead log in use (the newest one).
uint64_t WriteAheadBytes(const std::string& dir) {
  std::map<std::string, uint64_t> logs;
  for (const auto& file : std::filesystem::directory_iterator(dir)) {
    if (file.path().extension() == ".log") logs[file.path().filename()] = file.file_size();
  }
  return logs.empty() ? 0 : logs.rbegin()->second;
}

TEST(FailureTest, AFailedWriteStopsTheNodeForGood) {
  Network net;
  net.StartAll();
  const std::string filler(8'000, 'x');
  std::vector<std::string> records;
  for (int i = 0; i < 20; ++i) records.push_back(net.accord().Report(0, "a", filler));
  ASSERT_TRUE(net.Submit(0, records).back().final);
  ASSERT_TRUE(net.AllHave(21));
  ASSERT_TRUE(net.Eventually([&] { return net.at(0).Latest()->checkpoint_size == 21; }));
  const std::string lost = net.accord().Report(0, "a", "lost");
  uint64_t sent = 0;
  {
    const uint64_t in_use = WriteAheadBytes(net.dir(0));
    ASSERT_GT(in_use, 10'000U);  // so that the limit stops the log of writes and no small file
    const FullDisk full(in_use);
    const auto refused = net.Submit(0, {lost});
    EXPECT_THAT(refused[0].status, StatusIs(Code::kUnavailable));
    EXPECT_TRUE(refused[0].intake_receipt.empty());
    ASSERT_TRUE(net.Eventually([&] { return !net.at(0).Health().ok(); }));
    sent = net.SentCheckpoints(0);
  }
  // The disk is good again, and the node stays stopped: what it wrote last is not known.
  EXPECT_THAT(net.at(0).Health(), StatusIs(Code::kUnavailable));
  EXPECT_THAT(net.at(0).Submit({lost}, true, {}, nullptr), StatusIs(Code::kUnavailable));
  EXPECT_THAT(net.at(0).OnRecords("m1", {lost}), StatusIs(Code::kUnavailable));
  ASSERT_TRUE(net.Eventually([&] { return !net.at(0).GetStatus().core.voting; }));
  EXPECT_EQ(net.SentCheckpoints(0), sent);

  for (size_t i = 0; i < net.size(); ++i) net.Stop(i);
  net.StartAll();
  EXPECT_TRUE(net.Submit(0, {lost})[0].final);
  EXPECT_TRUE(net.AllHave(22));
}

}  // namespace
}  // namespace parley::testing
