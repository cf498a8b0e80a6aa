// Outbox files and author heads: one encoding only.

#include "tests/fuzz/fuzz_target.h"
#include "tools/parley/outbox_file.h"

FUZZ_TARGET(outbox_file) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto records = parley::cli::ParseOutboxFile(bytes); records.ok()) {
    if (parley::cli::SerializeOutboxFile(*records) != bytes) __builtin_trap();
  }
  if (const auto head = parley::cli::ParseAuthorHead(bytes); head.ok()) {
    if (parley::cli::SerializeAuthorHead(*head) != bytes) __builtin_trap();
  }
  return 0;
}
