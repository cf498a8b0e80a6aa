#include "ledger/rules/author.h"

#include "ledger/record/names.h"
#include "ledger/rules/state_keys.h"

namespace parley::rules {
namespace {

StatusOr<v1::KeyState> ReadAuthorKey(const StateView& state, const record::ParsedRecord& record) {
  ASSIGN_OR_RETURN(std::optional<v1::KeyState> key,
                   ReadState<v1::KeyState>(state, keys::Key(record.key_id())));
  if (!key)
    return Unauthenticated(
        fmt::format("rule author-key: key {} was never enrolled", record.key_id()));
  return *std::move(key);
}

Status CheckKey(const v1::KeyState& key, const SignatureCheck& verify,
                const record::ParsedRecord& record) {
  const v1::Record& body = record.record();
  if (key.member() != body.member() || key.officer() != body.officer())
    return Unauthenticated(fmt::format("rule author-key: key {} writes for {}/{}, not for {}/{}",
                                       record.key_id(), key.member(), key.officer(), body.member(),
                                       body.officer()));
  if (key.revoked_at_ms() != 0)
    return Unauthenticated(fmt::format("rule author-key: key {} of {}/{} is revoked since {}",
                                       record.key_id(), key.member(), key.officer(),
                                       FormatTime(static_cast<TimeMs>(key.revoked_at_ms()))));
  ASSIGN_OR_RETURN(const PublicKey public_key, PublicKey::FromBytes(key.public_key()));
  if (!verify(record, public_key))
    return Unauthenticated(fmt::format("rule signature: record {} is not signed by key {} of {}/{}",
                                       record.id(), record.key_id(), key.member(), key.officer()));
  return absl::OkStatus();
}

Status CheckChain(const v1::KeyState& key, const record::ParsedRecord& record) {
  const uint64_t next = key.sequence() + 1;
  const std::string author = fmt::format("{}/{}", key.member(), key.officer());
  if (record.sequence() < next)
    return AlreadyExists(
        fmt::format("rule author-chain: {} has used number {} already; the next one is {}", author,
                    record.sequence(), next));
  if (record.sequence() > next)
    return FailedPrecondition(
        fmt::format("rule author-chain: number {} of {} came before number {}", record.sequence(),
                    author, next));
  if (record.record().previous() != key.previous())
    return FailedPrecondition(
        fmt::format("rule author-chain: number {} of {} must name {} as the record before it",
                    record.sequence(), author, HexEncode(AsBytes(key.previous()))));
  return absl::OkStatus();
}

// Root keys decide about keys and about nothing else; nobody else does.
Status CheckPurpose(const record::ParsedRecord& record) {
  const auto act = record.record().act_case();
  const bool key_act = act == v1::Record::kEnrolKey || act == v1::Record::kRevokeKey;
  const bool root = record.record().officer() == record::kRootOfficer;
  if (key_act == root) return absl::OkStatus();
  return PermissionDenied(fmt::format(
      "rule {}: {}", record::ActName(record.record()),
      key_act ? "only the member's root key enrols and revokes keys"
              : "the root key only enrols and revokes keys; an officer's key must sign this"));
}

}  // namespace

Status CheckAuthor(const Charter& charter, const StateView& state, const SignatureCheck& verify,
                   const record::ParsedRecord& record) {
  if (record.ledger_id() != charter.ledger_id())
    return InvalidArgument(fmt::format("rule ledger: the record is for ledger {}, not {}",
                                       record.ledger_id(), charter.ledger_id()));
  ASSIGN_OR_RETURN(const v1::KeyState key, ReadAuthorKey(state, record));
  RETURN_IF_ERROR(CheckKey(key, verify, record));
  ASSIGN_OR_RETURN(const std::optional<std::string> entered, state.Get(keys::Record(record.id())));
  if (entered)
    return AlreadyExists(fmt::format("rule once: record {} is on the ledger", record.id()));
  // What was written under an earlier charter of this ledger, offline perhaps, is judged by the
  // rules of today and shows what its author knew.
  ASSIGN_OR_RETURN(const std::optional<std::string> known,
                   state.Get(keys::CharterByHash(record.charter())));
  if (!known)
    return FailedPrecondition(
        fmt::format("rule charter: the record was written under charter {}, which never was in "
                    "force; in force is {}",
                    record.charter(), charter.hash()));
  RETURN_IF_ERROR(CheckChain(key, record));
  return CheckPurpose(record);
}

Status RecordAuthorship(const Step& step, const record::ParsedRecord& record,
                        const std::string& case_id) {
  ASSIGN_OR_RETURN(v1::KeyState key, ReadAuthorKey(step.state, record));
  key.set_sequence(record.sequence());
  key.set_previous(record.id().ToString());
  step.state.Put(keys::Key(record.key_id()), key);
  v1::RecordState entered;
  entered.set_index(step.index);
  entered.set_case_id(case_id);
  entered.set_act(record.record().act_case());
  step.state.Put(keys::Record(record.id()), entered);
  return absl::OkStatus();
}

}  // namespace parley::rules
