#pragma once

// Records and entries as people and scripts see them. Everything foreign is made printable.

#include <string>
#include <string_view>

#include "ledger/record/record.h"
#include "parley/v1/entry.pb.h"
#include "tools/parley/output.h"

namespace parley::cli {

// The record's fields, its act under "act": {"<name>": {...}}; times readable, bytes in hex.
Json RecordJson(const v1::Record& record);
std::string DescribeRecord(const v1::Record& record);

// An entry's bytes; what does not parse is said in the result, never fatal.
Json EntryJson(std::string_view entry);
// Several lines, with the record.
std::string DescribeEntry(std::string_view entry);
// One row for a timeline: index, time, who, what, a few words of content.
std::vector<std::string> EntryRow(std::string_view entry);

// "2025-03-01T20:41+04:30 (2025-03-01 16:11:00 UTC)".
std::string BothTimes(uint64_t ms, int offset_minutes);

}  // namespace parley::cli
