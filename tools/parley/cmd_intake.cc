// parley receipt intake: what a node has signed for a record that it took in.

#include "base/limits.h"
#include "ledger/record/intake.h"
#include "tools/parley/charter_file.h"
#include "tools/parley/files.h"
#include "tools/parley/intake_file.h"
#include "tools/parley/registry.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

struct IntakeOptions {
  std::string file;
  std::vector<std::string> charters;
};

// The charter, newest first, whose node key has signed the receipt.
StatusOr<const rules::Charter*> SigningCharter(const std::vector<rules::Charter>& charters,
                                               const record::IntakeReceipt& receipt) {
  if (receipt.ledger_id != charters.front().ledger_id())
    return Unauthenticated(fmt::format("it is of ledger {}, the charter's is {}", receipt.ledger_id,
                                       charters.front().ledger_id()));
  Status newest = Unauthenticated(
      fmt::format("'{}' is no member under the charters given", Printable(receipt.member)));
  bool known = false;
  for (auto it = charters.rbegin(); it != charters.rend(); ++it) {
    const rules::CharterMember* const member = it->FindMember(receipt.member);
    if (member == nullptr) continue;
    const Status verified = record::VerifyIntakeReceipt(receipt, member->node_key);
    if (verified.ok()) return &*it;
    if (!known) newest = verified;
    known = true;
  }
  return newest;
}

StatusOr<Result> VerifyIntake(const IntakeOptions& o) {
  ASSIGN_OR_RETURN(const std::vector<rules::Charter> charters, ReadCharters(o.charters));
  ASSIGN_OR_RETURN(const std::string text,
                   ReadInput(o.file, kIntakeFileBytesMax, "intake receipt"));
  ASSIGN_OR_RETURN(const record::IntakeReceipt receipt, ParseIntakeFile(text), "'{}'", o.file);
  ASSIGN_OR_RETURN(const rules::Charter* const charter, SigningCharter(charters, receipt), "'{}'",
                   o.file);
  Result r;
  r.data = {{"verified", true},
            {"record_id", receipt.record.ToHex()},
            {"member", receipt.member},
            {"charter_version", charter->version()},
            {"received_at", FormatTime(receipt.received_at)},
            {"deadline", FormatTime(receipt.deadline)},
            {"ledger_size", receipt.ledger_size}};
  r.text = fmt::format(
      "The node of {} has taken in the record and signed for it.\n"
      "record    {}\nreceived  {} (by its own clock, at ledger size {})\ndeadline  {}\n"
      "It is no proof that the record is in the ledger: 'parley receipt get' gives that.\n",
      receipt.member, receipt.record, ShortTime(receipt.received_at), receipt.ledger_size,
      ShortTime(receipt.deadline));
  return r;
}

}  // namespace

void AddIntakeCommand(Registry& registry, Command receipt) {
  Command command = registry.Add(
      receipt, "intake", "Verifies a node's receipt for a record that it took in, from files alone",
      "  parley report ... --intake report.intake --profile anna.profile\n"
      "  parley receipt intake report.intake --charter charter.note\n");
  auto o = std::make_shared<IntakeOptions>();
  command.AddOption("file", o->file, "File of --intake, or its bytes in hex; '-' standard input")
      .Required();
  command
      .AddOption("--charter", o->charters,
                 "The founding charter's note and those adopted since, in order: the node's key\n"
                 "under any of them counts")
      .Required();
  registry.Run(command, o, VerifyIntake);
}

}  // namespace parley::cli
