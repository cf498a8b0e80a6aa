#pragma once

// Tar files, uncompressed. This project writes one form (POSIX.1-1988 "ustar"): plain files only,
// names of at most 99 bytes, mode 0644, owner 0, no owner names, no extensions; members padded with
// zeros to 512 bytes; two blocks of zeros at the end. One list of files has one tar file.
//
// It reads that, and what ordinary tools make of an archive's folder: owners, modes and times of
// any kind, directories (which say nothing), names with "./" before them or with the folder's own
// name, and zeros at the end up to a multiple of 10,240 bytes. Links, devices, extensions (long
// names, pax), duplicate or unsafe names and data where zeros belong are refused, so a tar file can
// neither write outside a folder nor hide anything.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace parley::archive {

inline constexpr size_t kTarBlock = 512;

// The header of a member. `mtime_s`: seconds since the Unix epoch, below 8^11, as is the size.
StatusOr<std::string> TarHeader(std::string_view name, uint64_t size, uint64_t mtime_s);

struct TarMember {
  std::string name;  // without "./"
  bool directory = false;
  uint64_t offset = 0;  // of its bytes
  uint64_t size = 0;
  uint64_t mtime_s = 0;
};

// INVALID_ARGUMENT unless the block is the header of a plain file or of a directory, with a right
// checksum and nothing else in it. Its offset is left 0.
StatusOr<TarMember> ParseTarHeader(std::string_view block);

// Where a tar file's bytes come from.
class RandomAccess {
 public:
  virtual ~RandomAccess() = default;
  virtual uint64_t size() const = 0;
  // Exactly `size` bytes from `offset`; DATA_LOSS when there are fewer.
  virtual StatusOr<std::string> ReadAt(uint64_t offset, size_t size) const = 0;
};

struct TarIndex {
  std::map<std::string, TarMember> members;
  std::vector<std::string> problems;  // text with the offset
};

// When all members lie in one folder, and it is none of an archive's own: their names without it.
void StripFolder(TarIndex* index);

// Finds the members. Behind a damaged header it goes on at the next block that is a good one, so
// that damage in one place costs no more than its neighbourhood. RESOURCE_EXHAUSTED beyond
// kArchiveFilesMax members.
StatusOr<TarIndex> ReadTarIndex(const RandomAccess& file);

}  // namespace parley::archive
