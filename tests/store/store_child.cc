// A process of its own that writes to a database and is meant to be killed or to run out of room.
// A program and not a fork of the test: ThreadSanitizer cannot follow threads made after a fork.
//   store_child for-ever DIR FD   writes one entry after the other and, for each that is committed,
//                                 its number to FD
//   store_child no-room DIR       exit code 0 when after a failed write nothing more is committed

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "crypto/encoding.h"
#include "ledger/store/store.h"

namespace parley::store {
namespace {

Status PutOne(Store& store, std::string_view key, std::string_view value) {
  Store::Batch batch;
  batch.Put(Family::kEntries, key, value);
  return store.Commit(std::move(batch));
}

int WriteForEver(Store& store, int fd) {
  for (uint64_t i = 0;; ++i) {
    if (!PutOne(store, BigEndian64(i), std::string(500, 'x')).ok()) return 1;
    if (::write(fd, &i, sizeof(i)) != sizeof(i)) return 1;
  }
}

// A file size limit stands for a full disk.
void LimitFiles(rlim_t bytes) {
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes;
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

int RunOutOfRoom(Store& store) {
  ::signal(SIGXFSZ, SIG_IGN);
  if (!PutOne(store, "k", "v").ok()) return 1;
  LimitFiles(4'096);
  if (PutOne(store, "big", std::string(100'000, 'x')).ok()) return 2;
  LimitFiles(RLIM_INFINITY);
  if (PutOne(store, "later", "v").ok()) return 3;
  return store.Get(Family::kEntries, "k").ok() ? 0 : 4;
}

int Main(int argc, char** argv) {
  if (argc < 3) return 64;
  auto store = Store::Open(argv[2], Store::Mode::kReadWrite);
  if (!store.ok()) return 65;
  const std::string_view what = argv[1];
  if (what == "for-ever" && argc == 4) return WriteForEver(**store, std::atoi(argv[3]));
  if (what == "no-room") return RunOutOfRoom(**store);
  return 64;
}

}  // namespace
}  // namespace parley::store

int main(int argc, char** argv) { return parley::store::Main(argc, argv); }
