#include <set>

#include "ledger/note/cosignature.h"

namespace parley::note {
namespace {

// One key must never count twice: a cosignature does not say whose name it was made under.
Status CheckMembers(std::span<const Cosigner> members, size_t quorum) {
  if (quorum < 1 || quorum > members.size()) {
    return InvalidArgument(
        fmt::format("quorum: {} of {} members is not possible", quorum, members.size()));
  }
  std::set<std::string_view> names;
  std::set<PublicKey> keys;
  for (const Cosigner& member : members) {
    if (!names.insert(member.key_name).second || !keys.insert(member.key).second) {
      return InvalidArgument(fmt::format(
          "quorum: the name or key of {} stands twice among the members", member.key_name));
    }
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<QuorumResult> VerifyQuorum(const CosignedCheckpoint& checkpoint,
                                    std::span<const Cosigner> members, size_t quorum) {
  RETURN_IF_ERROR(CheckMembers(members, quorum));
  QuorumResult result;
  for (size_t i = 0; i < members.size(); ++i) {
    const VerifierKey key{members[i].key_name, KeyType::kCosignature, members[i].key};
    const SignatureLine* line = checkpoint.note.Find(key.name, key.id());
    if (line == nullptr) continue;
    ASSIGN_OR_RETURN(const UnixSeconds time, VerifyCosignature(*line, checkpoint.note.text(), key),
                     "checkpoint of size {}", checkpoint.checkpoint.size);
    result.signers.push_back({i, key.name, time});
  }
  if (result.signers.size() >= quorum) return result;
  return Unauthenticated(fmt::format(
      "checkpoint of size {}: {} signature lines, {} valid cosignatures of members, {} needed",
      checkpoint.checkpoint.size, checkpoint.note.signatures().size(), result.signers.size(),
      quorum));
}

StatusOr<QuorumResult> VerifyCheckpoint(const CosignedCheckpoint& checkpoint,
                                        const QuorumRule& rule) {
  if (checkpoint.checkpoint.origin != rule.origin) {
    return Unauthenticated(fmt::format("checkpoint: the origin is {}, want {}",
                                       checkpoint.checkpoint.origin, rule.origin));
  }
  const Status identified =
      VerifySignature(checkpoint.note, IdentificationVerifierKey(rule.origin, rule.ledger));
  if (absl::IsNotFound(identified))
    return Unauthenticated(fmt::format(
        "checkpoint: it is of another ledger than the charter's (identification line: {})",
        MessageOf(identified)));
  if (!identified.ok()) {
    return Unauthenticated(
        fmt::format("checkpoint: identification line: {}", MessageOf(identified)));
  }
  return VerifyQuorum(checkpoint, rule.members, rule.quorum);
}

}  // namespace parley::note
