#pragma once

// Where an export goes: a directory or a tar file. Files are complete or absent, also after a
// crash: each is written under another name and renamed; the last one after everything else is on
// disk.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace parley::archive {

class Sink {
 public:
  virtual ~Sink() = default;
  // Names obey CheckFileName; each is given once.
  virtual Status Add(const std::string& name, std::string_view bytes) = 0;
  // The file that makes the rest count. Nothing can be added after it.
  virtual Status Finish(const std::string& name, std::string_view bytes) = 0;
};

// ALREADY_EXISTS unless the directory is absent or empty.
StatusOr<std::unique_ptr<Sink>> MakeDirectorySink(const std::string& path);

// ALREADY_EXISTS when there is such a file. Until Finish() the bytes lie in "<path>.partial", which
// is removed when the sink goes without it. All members get the same time.
StatusOr<std::unique_ptr<Sink>> MakeTarSink(const std::string& path, uint64_t mtime_s);

}  // namespace parley::archive
