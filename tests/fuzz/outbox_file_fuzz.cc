// Outbox files and author heads: one encoding only.

#include "tools/parley/outbox_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto records = parley::cli::ParseOutboxFile(bytes); records.ok()) {
    if (parley::cli::SerializeOutboxFile(*records) != bytes) __builtin_trap();
  }
  if (const auto head = parley::cli::ParseAuthorHead(bytes); head.ok()) {
    if (parley::cli::SerializeAuthorHead(*head) != bytes) __builtin_trap();
  }
  return 0;
}
