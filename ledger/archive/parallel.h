#pragma once

// The same work on many items, on all processors: verifying signatures and hashing leaves, where an
// item costs tens of microseconds and no two depend on each other.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace parley::archive {

// fn(i) for every i below count, each exactly once, in any order and thread; returns when all are
// done. The calling thread works too. `threads` 0: as many as there are processors. fn must be safe
// to call from several threads and must not throw; results go to places of their own, one for each
// i, which the caller may read afterwards without a lock.
template <class Fn>
void ParallelFor(unsigned threads, size_t count, const Fn& fn) {
  constexpr size_t kChunk = 32;  // items taken at a time: the counter is touched that seldom
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  const size_t workers = std::min<size_t>(threads, count / kChunk + 1);
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t first = next.fetch_add(kChunk); first < count; first = next.fetch_add(kChunk)) {
      for (size_t i = first; i < std::min(count, first + kChunk); ++i) fn(i);
    }
  };
  std::vector<std::jthread> helpers;
  for (size_t i = 1; i < workers; ++i) helpers.emplace_back(work);
  work();
}

}  // namespace parley::archive
