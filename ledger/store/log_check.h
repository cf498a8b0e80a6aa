#pragma once

// A check of RocksDB's log files (write-ahead logs and manifests) before RocksDB reads them.
//
// A crash may leave the last record of a log incomplete, and recovery rightly drops it. But RocksDB
// takes any record that seems to reach beyond the end of its file for such a torn one, so a damaged
// length near the end would silently drop records that were acknowledged. This check tells the two
// apart: whatever is valid behind a bad place proves that the place is damage and not a tear.
//
// Format (RocksDB wiki, "Write Ahead Log File Format"): blocks of 32 KiB; fragments of masked
// CRC32C (4 bytes), length (2), type (1), payload, little-endian; none crosses a block; the
// checksum covers type and payload, not the length; the rest of a block is zero when less than a
// header.

#include <string>
#include <string_view>

#include "base/status.h"

namespace parley::store {

// OK for sound bytes and for a torn tail; DATA_LOSS with the offset otherwise.
Status CheckLogBytes(std::string_view bytes);

// The same for a file; the message names it. UNAVAILABLE when it cannot be read, NOT_FOUND when it
// is gone (a running node deletes logs it no longer needs).
Status CheckLogFile(const std::string& path);

// Every write-ahead log of a database directory and its current manifest. Logs that vanish in
// between are passed over; NOT_FOUND when the manifest does.
Status CheckLogs(const std::string& dir);

// CRC-32C (Castagnoli, RFC 3720 appendix B.4).
uint32_t Crc32c(std::string_view bytes);

}  // namespace parley::store
