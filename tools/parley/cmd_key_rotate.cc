// parley key rotate: a member's new node or cosigner key, by its root key alone.

#include "crypto/key_file.h"
#include "ledger/rules/charter_change.h"
#include "tools/parley/charter_file.h"
#include "tools/parley/files.h"
#include "tools/parley/quantity.h"
#include "tools/parley/record_flow.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

struct RotateOptions {
  RecordOptions record;  // its root_key signs the charter, not the record
  std::string root_key, purpose, new_key, current, out;
};

// The key in the file; a new file when there is none.
StatusOr<PublicKey> NewKey(const RotateOptions& o, KeyPurpose purpose, const std::string& member,
                           PassphraseSource& passphrases, bool* made) {
  std::error_code error;
  *made = !std::filesystem::exists(o.new_key, error);
  if (!*made) {
    ASSIGN_OR_RETURN(const KeyFileInfo info, InspectKeyFile(o.new_key), "--new-key");
    if (info.purpose != purpose)
      return InvalidArgument(fmt::format("--new-key '{}' is {}, not {}", o.new_key,
                                         KeyPurposePhrase(info.purpose),
                                         KeyPurposePhrase(purpose)));
    return info.public_key;
  }
  ASSIGN_OR_RETURN(const Passphrase* const passphrase, passphrases.Get(/*confirm=*/true));
  const SecretKey key = SecretKey::Generate();
  RETURN_IF_ERROR(
      WriteKeyFile(o.new_key, purpose, member, key, *passphrase, DefaultKdfCost(purpose)),
      "--new-key");
  return key.public_key();
}

// The charter in force: from a file for a machine without a network, else from the node.
StatusOr<rules::Charter> Current(const RotateOptions& o, Session& session) {
  if (!o.current.empty()) {
    ASSIGN_OR_RETURN(CharterFile file, ReadCharterFile(o.current));
    return std::move(file.charter);
  }
  ASSIGN_OR_RETURN(rpc::Client* const client, session.Client());
  ASSIGN_OR_RETURN(const v1::GetCharterResponse answer,
                   client->GetCharter(v1::GetCharterRequest()));
  return rules::Charter::FromState(answer.charter_note());
}

// Whether a charter later than `before` is in force at the node.
StatusOr<bool> IsInForce(Session& session, const rules::Charter& before) {
  ASSIGN_OR_RETURN(rpc::Client* const client, session.Client());
  ASSIGN_OR_RETURN(const v1::GetCharterResponse answer,
                   client->GetCharter(v1::GetCharterRequest()));
  ASSIGN_OR_RETURN(const rules::Charter now, rules::Charter::FromState(answer.charter_note()));
  return now.version() > before.version();
}

StatusOr<Result> Rotate(const RotateOptions& o) {
  if (o.purpose != "node" && o.purpose != "cosigner")
    return InvalidArgument(fmt::format("--purpose '{}': want node or cosigner", o.purpose));
  const KeyPurpose purpose = o.purpose == "node" ? KeyPurpose::kNode : KeyPurpose::kCosigner;
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::Open(o.record.connect));
  ASSIGN_OR_RETURN(const rules::Charter before, Current(o, *session));
  bool made = false;
  ASSIGN_OR_RETURN(const PublicKey key,
                   NewKey(o, purpose, session->member(), session->passphrases(), &made));
  rules::RotatedKeys keys;
  (purpose == KeyPurpose::kNode ? keys.node : keys.cosigner) = key;
  ASSIGN_OR_RETURN(const std::string text, rules::RotatedText(before, session->member(), keys));
  ASSIGN_OR_RETURN(const SecretKey root,
                   OpenKey(o.root_key, KeyPurpose::kRoot, session->passphrases()));
  ASSIGN_OR_RETURN(const std::string note,
                   rules::AddSuccessorSignature(before, text, session->member(), root));
  Result r;
  if (!o.out.empty()) {
    RETURN_IF_ERROR(WriteNewFile(o.out, note), "--out");
    r.data["file"] = o.out;
    r.text = fmt::format("Signed; hand it in with: parley charter propose {}\n", o.out);
  } else {
    ASSIGN_OR_RETURN(r, SubmitRecord(o.record, [&](Session&, v1::Record* record) -> Status {
                       record->mutable_propose_charter()->set_charter_note(note);
                       return absl::OkStatus();
                     }));
    ASSIGN_OR_RETURN(const bool in_force, IsInForce(*session, before));
    r.data["adopted"] = in_force;
    if (!in_force)
      r.text += fmt::format(
          "NOT IN FORCE: it is proposed. A member changes its node's keys alone once in {} at "
          "most; "
          "hand the\nsame in again after that, or have the others sign it now (parley charter "
          "sign).\n",
          FormatDuration(std::chrono::milliseconds(before.proto().timing().rotation_pause_ms())));
  }
  r.data["purpose"] = o.purpose;
  r.data["key_file"] = o.new_key;
  r.data["public_key"] = key.ToHex();
  r.data["fingerprint"] = FingerprintOf(key);
  r.data["charter_version"] = before.version() + 1;
  r.text += fmt::format(
      "{} key of {} under charter version {}\nfingerprint  {}\nkey file     {}{}\n\nName the file "
      "in the node's configuration ({}_key: \"...\") beside the present one and start\nthe node "
      "again; the ledger says from when on it is used.\n",
      o.purpose, session->member(), before.version() + 1, FingerprintOf(key), o.new_key,
      made ? " (new)" : "", o.purpose);
  return r;
}

}  // namespace

void AddKeyRotateCommand(Registry& registry, Command key) {
  Command command = registry.Add(
      key, "rotate", "Replaces the node's or the cosigner's key, signed with the root key",
      "  parley key rotate --profile anna.profile --root-key root.key --purpose node \\\n"
      "      --new-key node-2.key\n"
      "  parley key rotate --profile anna.profile --root-key root.key --purpose node \\\n"
      "      --new-key node-2.key --current charter.note --out rotation.note\n");
  auto o = std::make_shared<RotateOptions>();
  AddRecordOptions(command, &o->record, /*with_case=*/false);
  command.RemoveOption("--form");
  command.AddOption("--root-key", o->root_key, "The member's root key file").Required();
  command.AddOption("--purpose", o->purpose, "node or cosigner").Required();
  command.AddOption("--new-key", o->new_key, "The new key's file; made when it is not there")
      .Required();
  command.AddOption("--current", o->current,
                    "The charter in force, instead of asking the node (offline)");
  command.AddOption("--out", o->out, "Write the signed note here and hand nothing in");
  registry.Run(command, o, Rotate);
}

}  // namespace parley::cli
