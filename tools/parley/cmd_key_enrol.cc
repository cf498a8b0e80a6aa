// parley key possession | enrol | revoke

#include "base/time.h"
#include "ledger/record/enrolment.h"
#include "tools/parley/charter_file.h"
#include "tools/parley/record_flow.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

struct PossessionOptions {
  std::string key, charter, member, officer, passphrase_file;
};

StatusOr<Result> Possession(const PossessionOptions& o) {
  ASSIGN_OR_RETURN(const rules::Charter charter, ReadSignedCharter(o.charter));
  RETURN_IF_ERROR(CheckName(o.officer, "--officer"));
  if (charter.FindMember(o.member) == nullptr)
    return NotFound(fmt::format("--member '{}': not in the charter", Printable(o.member)));
  PassphraseSource passphrases(o.passphrase_file);
  ASSIGN_OR_RETURN(const SecretKey key, OpenKey(o.key, KeyPurpose::kOfficer, passphrases));
  const Signature signature =
      key.Sign(record::EnrolmentBytes(charter.ledger_id(), o.member, o.officer));
  Result r;
  r.data = {{"member", o.member},
            {"officer", o.officer},
            {"public_key", key.public_key().ToHex()},
            {"fingerprint", FingerprintOf(key.public_key())},
            {"possession", signature.ToHex()}};
  r.text = fmt::format(
      "Give both lines to the head of delegation; compare the fingerprint by voice.\n"
      "--public-key {}\n--possession {}\nfingerprint  {}\n",
      key.public_key(), signature, FingerprintOf(key.public_key()));
  return r;
}

struct EnrolOptions {
  RecordOptions record;
  std::string officer, key, public_key, possession;
  std::vector<std::string> capabilities;
};

// The new key and its signature: from its file if it is at hand, else as the officer sent them.
Status FillKey(const EnrolOptions& o, Session& session, v1::EnrolKey* act) {
  const Bytes message =
      record::EnrolmentBytes(session.charter().ledger_id(), session.member(), o.officer);
  if (!o.key.empty()) {
    ASSIGN_OR_RETURN(const SecretKey key,
                     OpenKey(o.key, KeyPurpose::kOfficer, session.passphrases()));
    act->set_public_key(key.public_key().ToString());
    act->set_possession(key.Sign(message).ToString());
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const PublicKey key, PublicKey::FromHex(o.public_key), "--public-key");
  ASSIGN_OR_RETURN(const Signature signature, Signature::FromHex(o.possession), "--possession");
  if (!Verify(key, message, signature))
    return Unauthenticated(
        fmt::format("--possession is not a signature by this key for {}/{} in this accord",
                    session.member(), o.officer));
  act->set_public_key(key.ToString());
  act->set_possession(signature.ToString());
  return absl::OkStatus();
}

StatusOr<Result> Enrol(const EnrolOptions& o) {
  RETURN_IF_ERROR(CheckName(o.officer, "--officer"));
  const bool by_hand = !o.public_key.empty() && !o.possession.empty();
  if (o.key.empty() != by_hand || (!o.key.empty() && !o.public_key.empty()))
    return InvalidArgument("give either --key, or both --public-key and --possession");
  return SubmitRecord(o.record, [&](Session& session, v1::Record* record) -> Status {
    v1::EnrolKey* act = record->mutable_enrol_key();
    act->set_officer(o.officer);
    for (const std::string& name : o.capabilities) {
      v1::Capability capability = v1::CAPABILITY_UNSPECIFIED;
      if (!v1::Capability_Parse(name, &capability) || capability == v1::CAPABILITY_UNSPECIFIED)
        return InvalidArgument(fmt::format("--capability '{}': want VERIFIER", Printable(name)));
      act->add_capabilities(capability);
    }
    return FillKey(o, session, act);
  });
}

struct RevokeOptions {
  RecordOptions record;
  std::string key_id, public_key, suspect_since, reason;
};

StatusOr<Result> Revoke(const RevokeOptions& o) {
  if (o.key_id.empty() == o.public_key.empty())
    return InvalidArgument("give either --key-id or --public-key");
  return SubmitRecord(o.record, [&](Session&, v1::Record* record) -> Status {
    v1::RevokeKey* act = record->mutable_revoke_key();
    if (!o.key_id.empty()) {
      ASSIGN_OR_RETURN(const KeyId id, KeyId::FromHex(o.key_id), "--key-id");
      act->set_key_id(id.ToString());
    } else {
      ASSIGN_OR_RETURN(const PublicKey key, PublicKey::FromHex(o.public_key), "--public-key");
      act->set_key_id(KeyIdOf(key).ToString());
    }
    if (!o.suspect_since.empty()) {
      ASSIGN_OR_RETURN(const TimeMs since, ParseTime(o.suspect_since), "--suspect-since");
      act->set_suspect_since_ms(ToInt(since));
    }
    act->set_reason(o.reason);
    return absl::OkStatus();
  });
}

void AddPossession(Registry& registry, Command key) {
  Command command = registry.Add(
      key, "possession", "Shows that an officer holds a key that is to be enrolled",
      "  parley key possession --key zara.key --charter charter.note --member north \\\n"
      "      --officer zara\n");
  auto o = std::make_shared<PossessionOptions>();
  command.AddOption("--key", o->key, "The officer's key file").Required();
  command.AddOption("--charter", o->charter, "The signed charter note").Required();
  command.AddOption("--member", o->member, "The officer's member").Required();
  command.AddOption("--officer", o->officer, "The officer's name").Required();
  command.AddOption("--passphrase-file", o->passphrase_file, "File with the key's passphrase");
  registry.Run(command, o, Possession);
}

}  // namespace

void AddKeyEnrolCommands(Registry& registry, Command key) {
  AddPossession(registry, key);
  Command enrol = registry.Add(
      key, "enrol", "Enrols an officer's key on the ledger, signed with the root key",
      "  parley key enrol --profile anna.profile --root-key root.key --officer zara \\\n"
      "      --public-key 3b6a... --possession 7c01...\n");
  auto e = std::make_shared<EnrolOptions>();
  AddRecordOptions(enrol, &e->record, /*with_case=*/false);
  enrol.RemoveOption("--form");
  enrol.AddOption("--root-key", e->record.root_key, "The member's root key file").Required();
  enrol.AddOption("--officer", e->officer, "The officer's name").Required();
  enrol.AddOption("--key", e->key, "The officer's key file, if it is at hand");
  enrol.AddOption("--public-key", e->public_key, "... or the public key, 64 hex digits");
  enrol.AddOption("--possession", e->possession, "... and what 'key possession' printed");
  enrol.AddOption("--capability", e->capabilities, "VERIFIER: may be named to a team");
  registry.Run(enrol, e, Enrol);

  Command revoke =
      registry.Add(key, "revoke", "Revokes an officer's key, signed with the root key",
                   "  parley key revoke --profile anna.profile --root-key root.key --key-id "
                   "9f86d081884c7d65 \\\n"
                   "      --suspect-since 2025-11-01T00:00Z --reason 'Laptop stolen'\n");
  auto r = std::make_shared<RevokeOptions>();
  AddRecordOptions(revoke, &r->record, false);
  revoke.RemoveOption("--form");
  revoke.AddOption("--root-key", r->record.root_key, "The member's root key file").Required();
  revoke.AddOption("--key-id", r->key_id, "Key id, 16 hex digits");
  revoke.AddOption("--public-key", r->public_key, "... or the public key, 64 hex digits");
  revoke.AddOption("--suspect-since", r->suspect_since,
                   "Flag records that became final after this time");
  revoke.AddOption("--reason", r->reason, "Why");
  registry.Run(revoke, r, Revoke);
}

}  // namespace parley::cli
