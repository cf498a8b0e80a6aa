#pragma once

// The same work on many items, on all processors.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace parley::archive {

// fn(i) for every i below count, each exactly once, in any order and thread; returns when all are
// done. `threads` 0: as many as there are processors. fn must not throw.
template <class Fn>
void ParallelFor(unsigned threads, size_t count, const Fn& fn) {
  constexpr size_t kChunk = 32;
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
