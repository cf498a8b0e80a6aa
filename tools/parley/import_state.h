#pragma once

// Which rows of a collection were imported already: a file beside the outbox, so that the same
// command run again goes on where it stopped and never reports a row twice.
//
//   parley-import/v1 <ledger id> <dataset>\n
//   <nonce, 32 hex digits> <digest of what was reported, 64 hex digits>\n ...
//
// The digest tells a row that was reported from another row with the same id. Lines of earlier
// versions have no digest: such a row counts as reported, whatever it says now.
//
// Lines are only ever added, and synced. A last line that a crash cut short is ignored: its row is
// still in the outbox, where `import` looks first.

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/bytes.h"
#include "crypto/hash.h"

namespace parley::cli {

// What was reported, by the nonce of its row.
using ImportedRows = std::map<Bytes, std::optional<Hash>>;

class ImportState {
 public:
  // Reads the file in `dir`, or starts one with the first Add. DATA_LOSS when it is damaged.
  static StatusOr<ImportState> Open(const std::filesystem::path& dir, const LedgerId& ledger,
                                    const std::string& dataset);
  const ImportedRows& rows() const { return rows_; }
  // Durable when it returns. Rows that are there already are not written again.
  Status Add(const ImportedRows& rows);

 private:
  ImportState(std::filesystem::path path, std::string header)
      : path_(std::move(path)), header_(std::move(header)) {}
  std::filesystem::path path_;
  std::string header_;
  ImportedRows rows_;
};

// Takes rows out of all collections' state files in `dir`, because their records will never be
// sent. DATA_LOSS when a file is damaged; files before it are done then.
Status ForgetImported(const std::filesystem::path& dir, const std::set<Bytes>& nonces);

// The rows of a state file's text, which must begin with `header`; DATA_LOSS names the line.
StatusOr<ImportedRows> ParseImportState(std::string_view text, std::string_view header);

}  // namespace parley::cli
