// parley receipt get | verify, checkpoint

#include "base/limits.h"
#include "ledger/merkle/proof.h"
#include "ledger/note/receipt.h"
#include "tools/parley/charter_file.h"
#include "tools/parley/files.h"
#include "tools/parley/quantity.h"
#include "tools/parley/registry.h"
#include "tools/parley/session.h"
#include "tools/parley/show.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

Json SignersJson(const note::QuorumResult& quorum) {
  Json out = Json::array();
  for (const note::CosignatureResult& s : quorum.signers)
    out.push_back({{"name", s.key_name},
                   {"time", FormatTime(static_cast<TimeMs>(note::ToInt(s.time) * 1000))}});
  return out;
}

std::string SignersText(const note::QuorumResult& quorum) {
  std::string out;
  for (const note::CosignatureResult& s : quorum.signers)
    out += fmt::format("cosigned  {} at {}\n", s.key_name,
                       ShortTime(static_cast<TimeMs>(note::ToInt(s.time) * 1000)));
  return out;
}

// What a verified receipt says.
StatusOr<Result> Describe(const note::Receipt& receipt, const std::string& entry,
                          const note::QuorumRule& rule) {
  ASSIGN_OR_RETURN(const note::ReceiptResult verified,
                   note::VerifyReceipt(receipt, AsBytes(entry), rule));
  Result r;
  r.data = {{"verified", true},
            {"index", receipt.index},
            {"origin", verified.checkpoint.origin},
            {"size", verified.checkpoint.size},
            {"root", verified.checkpoint.root.ToHex()},
            {"quorum", rule.quorum},
            {"cosigners", SignersJson(verified.quorum)},
            {"entry", EntryJson(entry)}};
  r.text = fmt::format(
      "Entry {} is in the ledger of {} (size {}), as {} of its members have cosigned.\n{}\n{}",
      receipt.index, verified.checkpoint.origin, verified.checkpoint.size,
      verified.quorum.signers.size(), SignersText(verified.quorum), DescribeEntry(entry));
  return r;
}

struct GetOptions {
  ConnectOptions connect;
  std::string record, index, out, entry_out;
};

StatusOr<Result> Get(const GetOptions& o) {
  if (o.record.empty() == o.index.empty())
    return InvalidArgument("give either --record or --index");
  v1::GetReceiptRequest request;
  if (!o.record.empty()) {
    ASSIGN_OR_RETURN(const RecordId id, RecordId::FromHex(o.record), "--record");
    request.set_record_id(id.ToString());
  } else {
    ASSIGN_OR_RETURN(const uint64_t index, ParseCount(o.index, 999'999'999'999, "--index"));
    request.set_index(index);
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::Open(o.connect));
  ASSIGN_OR_RETURN(rpc::Client* const client, session->Client());
  ASSIGN_OR_RETURN(const v1::GetReceiptResponse answer, client->GetReceipt(request));
  ASSIGN_OR_RETURN(const note::Receipt receipt, note::Receipt::Parse(answer.receipt()),
                   "receipt of {}", client->target());
  // Verified before it is written: a receipt that does not hold must not be filed as one.
  ASSIGN_OR_RETURN(Result r, Describe(receipt, answer.entry(), session->Rule()), "receipt of {}",
                   client->target());
  const std::string entry_out = o.entry_out.empty() ? o.out + ".entry" : o.entry_out;
  RETURN_IF_ERROR(WriteNewFile(entry_out, answer.entry()), "--entry-out");
  RETURN_IF_ERROR(WriteNewFile(o.out, answer.receipt()), "--out");
  r.data["file"] = o.out;
  r.data["entry_file"] = entry_out;
  r.text += fmt::format(
      "\nWrote {} and {}. To check them anywhere, without a network:\n"
      "parley receipt verify {} --entry {} --charter charter.note\n",
      o.out, entry_out, o.out, entry_out);
  return r;
}

struct VerifyOptions {
  std::string receipt, entry;
  std::vector<std::string> charters;
};

StatusOr<Result> VerifyFiles(const VerifyOptions& o) {
  ASSIGN_OR_RETURN(const rules::Charter charter, ReadCharterChain(o.charters));
  ASSIGN_OR_RETURN(const std::string entry, ReadInput(o.entry, limits::kEntryBytesMax, "entry"));
  ASSIGN_OR_RETURN(const std::string text, ReadInput(o.receipt, limits::kNoteBytesMax, "receipt"));
  ASSIGN_OR_RETURN(const note::Receipt receipt, note::Receipt::Parse(text), "receipt '{}'",
                   o.receipt);
  ASSIGN_OR_RETURN(Result r, Describe(receipt, entry, RuleOf(charter)), "receipt '{}'", o.receipt);
  return r;
}

struct CheckpointOptions {
  ConnectOptions connect;
  std::string size, out, since;
  bool verify = false;
};

StatusOr<note::CosignedCheckpoint> Fetch(rpc::Client& client, const std::string& size,
                                         std::string* text) {
  v1::GetCheckpointRequest request;
  if (!size.empty()) {
    ASSIGN_OR_RETURN(const uint64_t n, ParseCount(size, 999'999'999'999, "--size"));
    request.set_size(n);
  }
  ASSIGN_OR_RETURN(const v1::GetCheckpointResponse answer, client.GetCheckpoint(request));
  *text = answer.checkpoint();
  return note::CosignedCheckpoint::Parse(answer.checkpoint());
}

// That the newer checkpoint only appends to the one in the file.
Status CheckSince(rpc::Client& client, const note::QuorumRule& rule, const std::string& file,
                  const note::Checkpoint& now, Json* out) {
  ASSIGN_OR_RETURN(const std::string text, ReadInput(file, limits::kNoteBytesMax, "checkpoint"));
  ASSIGN_OR_RETURN(const note::CosignedCheckpoint old, note::CosignedCheckpoint::Parse(text),
                   "'{}'", file);
  RETURN_IF_ERROR(note::VerifyCheckpoint(old, rule).status(), "'{}'", file);
  if (old.checkpoint.size > now.size)
    return Unauthenticated(fmt::format("the node's ledger has {} entries, '{}' proves {}", now.size,
                                       file, old.checkpoint.size));
  v1::GetConsistencyProofRequest request;
  request.set_first(old.checkpoint.size);
  request.set_second(now.size);
  ASSIGN_OR_RETURN(const v1::GetConsistencyProofResponse answer,
                   client.GetConsistencyProof(request));
  std::vector<Hash> proof;
  for (const std::string& bytes : answer.hashes()) {
    ASSIGN_OR_RETURN(const Hash hash, Hash::FromBytes(bytes), "consistency proof");
    proof.push_back(hash);
  }
  RETURN_IF_ERROR(merkle::VerifyConsistency(old.checkpoint.size, now.size, old.checkpoint.root,
                                            now.root, proof),
                  "since '{}'", file);
  (*out)["consistent_since"] = old.checkpoint.size;
  return absl::OkStatus();
}

StatusOr<Result> Checkpoint(const CheckpointOptions& o) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::Open(o.connect));
  ASSIGN_OR_RETURN(rpc::Client* const client, session->Client());
  std::string text;
  ASSIGN_OR_RETURN(const note::CosignedCheckpoint checkpoint, Fetch(*client, o.size, &text),
                   "checkpoint of {}", client->target());
  Result r;
  r.data = {{"origin", checkpoint.checkpoint.origin},
            {"size", checkpoint.checkpoint.size},
            {"root", checkpoint.checkpoint.root.ToHex()},
            {"checkpoint", text},
            {"verified", false}};
  r.text = text;
  if (o.verify || !o.since.empty()) {
    ASSIGN_OR_RETURN(const note::QuorumResult quorum,
                     note::VerifyCheckpoint(checkpoint, session->Rule()), "checkpoint of {}",
                     client->target());
    r.data["verified"] = true;
    r.data["cosigners"] = SignersJson(quorum);
    r.text += fmt::format("\n{} of {} members cosigned this; {} are needed.\n{}",
                          quorum.signers.size(), session->charter().members().size(),
                          session->charter().quorum(), SignersText(quorum));
  }
  if (!o.since.empty()) {
    RETURN_IF_ERROR(CheckSince(*client, session->Rule(), o.since, checkpoint.checkpoint, &r.data));
    r.text += fmt::format("Nothing was changed or removed since '{}'.\n", o.since);
  }
  if (!o.out.empty()) {
    RETURN_IF_ERROR(WriteNewFile(o.out, text), "--out");
    r.data["file"] = o.out;
  }
  return r;
}

}  // namespace

void AddReceiptCommands(Registry& registry) {
  Command receipt =
      registry.Add(registry.app(), "receipt",
                   "Proofs that one entry is in the ledger, or that a node has its record",
                   "  parley receipt get --record 9f0c... --out report.tlog-proof --profile "
                   "anna.profile\n"
                   "  parley receipt verify report.tlog-proof --entry report.tlog-proof.entry \\\n"
                   "      --charter charter.note\n");
  receipt.RequireSubcommand();
  Command get = registry.Add(
      receipt, "get", "Fetches, verifies and files a receipt with its entry",
      "  parley receipt get --record 9f0c... --out report.tlog-proof --profile anna.profile\n");
  auto g = std::make_shared<GetOptions>();
  AddConnectOptions(get, &g->connect);
  get.AddOption("--record", g->record, "Record id, 64 hex digits");
  get.AddOption("--index", g->index, "... or the entry's number");
  get.AddOption("--out", g->out, "Receipt file to write (.tlog-proof)").Required();
  get.AddOption("--entry-out", g->entry_out, "Entry file to write (default: OUT.entry)");
  registry.Run(get, g, Get);

  Command verify =
      registry.Add(receipt, "verify", "Verifies a receipt from files alone, without a network",
                   "  parley receipt verify report.tlog-proof --entry report.tlog-proof.entry \\\n"
                   "      --charter charter.note\n");
  auto v = std::make_shared<VerifyOptions>();
  verify.AddOption("receipt", v->receipt, "Receipt file; '-' standard input").Required();
  verify.AddOption("--entry", v->entry, "Entry file").Required();
  verify
      .AddOption("--charter", v->charters,
                 "The founding charter's note; for a receipt made under a later charter, the\n"
                 "notes adopted since as well, in order: the last one judges")
      .Required();
  registry.Run(verify, v, VerifyFiles);
  AddIntakeCommand(registry, receipt);
}

void AddCheckpointCommand(Registry& registry) {
  Command command =
      registry.Add(registry.app(), "checkpoint", "Fetches a cosigned checkpoint",
                   "  parley checkpoint --verify --out monday.checkpoint --profile anna.profile\n"
                   "  parley checkpoint --since monday.checkpoint --profile anna.profile\n");
  auto o = std::make_shared<CheckpointOptions>();
  AddConnectOptions(command, &o->connect);
  command.AddFlag("--verify", o->verify, "Check the quorum of cosignatures by the charter");
  command.AddOption("--size", o->size, "The checkpoint of this size (default: the newest)");
  command.AddOption("--since", o->since, "Prove that it only appends to this checkpoint file");
  command.AddOption("--out", o->out, "File to write");
  registry.Run(command, o, Checkpoint);
}

}  // namespace parley::cli
