#pragma once

// Cosigned checkpoints: C2SP tlog-cosignature, type 0x04, and the rule that makes a checkpoint
// valid.
//
//   signed bytes = "cosignature/v1\n" "time " <seconds> "\n" <checkpoint text>
//   line payload = U64 seconds || Ed25519 signature
//
// A cosignature says: at that time this was the largest tree of this origin that the cosigner had
// seen, and all it had signed before is a beginning of it. The cosigner's name is not in the signed
// bytes, so every member needs a key of its own.
//
// A checkpoint note is the text, one identification line of type 0x01 named like the origin, then
// cosignature lines sorted by key name. The identification key is public by construction: it names
// the accord for tools that ask for a log's signature and PROVES NOTHING. Trust is the quorum of
// cosignatures.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/time.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "ledger/note/checkpoint.h"
#include "ledger/note/signed_note.h"

namespace parley::note {

// POSIX seconds, 1 .. 2^63 - 1.
enum class UnixSeconds : uint64_t {};
constexpr uint64_t ToInt(UnixSeconds t) { return static_cast<uint64_t>(t); }
constexpr UnixSeconds ToSeconds(TimeMs t) {
  return static_cast<UnixSeconds>(parley::ToInt(t) / 1'000);
}

// The bytes a cosigner signs.
std::string CosignedMessage(std::string_view checkpoint_text, UnixSeconds time);

// A cosignature line. INVALID_ARGUMENT when the checkpoint, name or time is not valid. Whoever
// calls this has made durable before that it signs this (size, root).
StatusOr<SignatureLine> Cosign(const Checkpoint& checkpoint, std::string_view key_name,
                               UnixSeconds time, const SecretKey& key);

// When the line was signed. UNAUTHENTICATED unless it is a valid cosignature of this text by this
// key, which must be of type 0x04.
StatusOr<UnixSeconds> VerifyCosignature(const SignatureLine& line, std::string_view checkpoint_text,
                                        const VerifierKey& key);

// The key of identification lines: its seed is SHA-256("parley/log-line/v1" || ledger id), so
// anybody has it.
SecretKey IdentificationKey(const LedgerId& ledger);
VerifierKey IdentificationVerifierKey(std::string_view origin, const LedgerId& ledger);

// A checkpoint note as received. Lines may stand in any order and unknown ones may be among them,
// since witnesses outside the accord may add theirs; the text and each line are as strict as their
// formats.
struct CosignedCheckpoint {
  SignedNote note;
  Checkpoint checkpoint;  // of note.text()

  static StatusOr<CosignedCheckpoint> Parse(std::string_view note);
};

// The note as this project writes it: the identification line, then the cosignatures sorted by key
// name and key id. Of several lines of one (name, key id) the latest stays. Does not verify them.
StatusOr<SignedNote> AssembleCheckpoint(const Checkpoint& checkpoint, const LedgerId& ledger,
                                        std::span<const SignatureLine> cosignatures);

// One of the members whose cosignatures count.
struct Cosigner {
  std::string key_name;  // "<origin>/<member>"
  PublicKey key;
};

struct CosignatureResult {
  size_t member = 0;  // position in the list of cosigners
  std::string key_name;
  UnixSeconds time{};
};

struct QuorumResult {
  std::vector<CosignatureResult> signers;  // in the order of the list of cosigners
};

// Counts the distinct members with a valid cosignature. Unknown lines are ignored, a line of a
// known (name, key id) that fails makes the whole note invalid. UNAUTHENTICATED says how many lines
// there are, how many were valid and how many are needed. INVALID_ARGUMENT when names or keys
// repeat, or unless 1 <= quorum <= members.
StatusOr<QuorumResult> VerifyQuorum(const CosignedCheckpoint& checkpoint,
                                    std::span<const Cosigner> members, size_t quorum);

// By what a checkpoint of an accord is judged; made from the charter in force at its size.
struct QuorumRule {
  std::string origin;
  LedgerId ledger;
  std::vector<Cosigner> members;
  size_t quorum = 0;
};

// The whole judgement: this origin, a valid identification line, and the quorum.
StatusOr<QuorumResult> VerifyCheckpoint(const CosignedCheckpoint& checkpoint,
                                        const QuorumRule& rule);

}  // namespace parley::note
