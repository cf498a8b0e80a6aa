#include "ledger/archive/layout.h"

#include "ledger/note/checkpoint.h"

namespace parley::archive {
namespace {

constexpr std::string_view kCharterPrefix = "charters/";
constexpr std::string_view kCharterSuffix = ".note";
constexpr std::string_view kCheckpointPrefix = "checkpoints/";

constexpr std::string_view kReadme = R"(A PARLEY ARCHIVE

This folder (or tar file) holds a whole ledger that hostile parties keep together, as plain files.
Nothing in it needs to be believed: it can be checked with nothing but SHA-256 and Ed25519.

  checkpoint               the newest state that the members have co-signed: a C2SP signed note with
                           three lines of text (name of the ledger, number of entries, base64 of the
                           root hash), a blank line, and signature lines
  checkpoints/<size>       every such state that was published
  tile/entries/<N>         256 entries each (fewer in <N>.p/<W>): 2 bytes length, then the entry
  tile/<L>/<N>             hashes of the Merkle tree (C2SP tlog-tiles): 32 bytes each
  charters/<version>.note  the founding rules with the members' keys, signed by every member's root key

To check it without this software:

1. The charter. Compare the charter's text with the one your side signed. Each signature line covers
   the text up to and including the newline before the blank line: Ed25519, with the keys of the text.
2. The entries. The entry's leaf hash is SHA-256 of a zero byte and the entry's bytes; two hashes are
   joined by SHA-256 of a one byte, the left and the right one (RFC 6962, section 2.1). The root over
   all entries must be the one in "checkpoint".
3. The checkpoint. A line whose key name is <ledger>/<member> holds 4 bytes key id, 8 bytes time in
   seconds, 64 bytes Ed25519 signature over "cosignature/v1\n", "time <seconds>\n" and the three lines
   of text. It counts when the charter's cosigner key of that member verifies it. With n members,
   n - (n-1)/3 of them (division rounded down) must have signed. The line named like the ledger alone
   proves nothing.
4. Each entry names the hash of the one before it (SHA-256 of its bytes) and holds either one signed
   record, or an event that follows from the rules. A record's signature covers "DSSEv1 32
   application/vnd.parley.record.v1 <length> " and the payload.

Any file server can publish this folder, and tools for C2SP transparency logs can read it. With the
software, "parley audit <folder>" does all this and executes every act again from the first entry.
)";

}  // namespace

std::string CharterFile(uint64_t version) {
  return std::string(kCharterPrefix) + std::to_string(version) + std::string(kCharterSuffix);
}

std::string CheckpointFile(uint64_t size) {
  return std::string(kCheckpointPrefix) + std::to_string(size);
}

std::optional<uint64_t> ParseCharterFile(std::string_view name) {
  if (!name.starts_with(kCharterPrefix) || !name.ends_with(kCharterSuffix) ||
      name.size() < kCharterPrefix.size() + kCharterSuffix.size())
    return std::nullopt;
  name.remove_prefix(kCharterPrefix.size());
  name.remove_suffix(kCharterSuffix.size());
  const auto version = note::ParseDecimal(name, "version");
  if (!version.ok() || *version == 0) return std::nullopt;
  return *version;
}

std::optional<uint64_t> ParseCheckpointFile(std::string_view name) {
  if (!name.starts_with(kCheckpointPrefix)) return std::nullopt;
  const auto size = note::ParseDecimal(name.substr(kCheckpointPrefix.size()), "size");
  if (!size.ok()) return std::nullopt;
  return *size;
}

std::string_view ReadmeText() { return kReadme; }

}  // namespace parley::archive
