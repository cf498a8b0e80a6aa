#pragma once

// Which rows of a collection were imported already: a file beside the outbox, so that the same
// command run again goes on where it stopped and never reports a row twice.
//
//   parley-import/v1 <ledger id> <dataset>\n
//   <nonce, 32 hex digits>\n ...
//
// Lines are only ever added, and synced. A last line that a crash cut short is ignored: its row is
// still in the outbox, where `import` looks first.

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/bytes.h"
#include "crypto/hash.h"

namespace parley::cli {

class ImportState {
 public:
  // Reads the file in `dir`, or starts one with the first Add. DATA_LOSS when it is damaged.
  static StatusOr<ImportState> Open(const std::filesystem::path& dir, const LedgerId& ledger,
                                    const std::string& dataset);
  bool Contains(const Bytes& nonce) const { return nonces_.contains(nonce); }
  // Durable when it returns. Nonces that are there already are not written again.
  Status Add(const std::vector<Bytes>& nonces);
  size_t size() const { return nonces_.size(); }

 private:
  ImportState(std::filesystem::path path, std::string header)
      : path_(std::move(path)), header_(std::move(header)) {}
  std::filesystem::path path_;
  std::string header_;
  std::set<Bytes> nonces_;
};

// The nonces of a state file's text, which must begin with `header`.
StatusOr<std::set<Bytes>> ParseImportState(std::string_view text, std::string_view header);

}  // namespace parley::cli
