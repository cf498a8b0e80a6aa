// Writes the seeds of the record, charter, block and proof targets into tests/fuzz/corpus. Run by
// hand when a format changes: make_rules_corpus <corpus folder>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "crypto/sign.h"
#include "node/proofs/proof_check.h"
#include "tests/ledger/rules_fixture.h"
#include "tests/proofs/accuser.h"

namespace parley::testing {
namespace {

void Write(const std::string& folder, const std::string& name, const std::string& bytes) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/" + name, std::ios::binary) << bytes;
}

void WriteRecords(const std::string& folder) {
  World w;
  TestAuthor& author = w.accord->Author("party-a");
  const std::string c = "2025-0001";
  v1::Verdict verdict = Violation();
  AddRemedy(&verdict, "party-b", "med-a", w.now);
  verdict.add_attributions()->set_third_party_group("a group");
  for (const v1::Record& act :
       {Report(w.now, {"party-b"}), Amend(c, RecordId(), w.now, {}), Withdraw(c, RecordId()),
        Screen(c, v1::ScreenCase::MERGE, "2025-0002"), Respond(c), Comment(c), Propose(c, verdict),
        EndorseRecord(c, RecordId()), AppealCase(c), Decide(c, v1::DecideAppeal::VARIED),
        RemedyDone(c, 1), Check(c, 1, true), CloseIt(c)})
    Write(folder, std::string(record::ActName(act)), w.accord->Sign(author, act).envelope());
  Write(folder, "empty", "");
  std::string cut = w.accord->Sign(author, Respond(c)).envelope();
  Write(folder, "cut", cut.substr(0, cut.size() / 2));
}

void WriteBlocks(const std::string& folder) {
  rules::RawBlock block;
  block.header.records_digest = rules::RecordsDigest({}, {});
  const LedgerId ledger = Sha256<LedgerId>(AsBytes("a ledger"));
  Write(folder, "no_records", block.Encode(ledger));
  block.envelopes = {"one", "another"};
  block.header.records_digest = rules::RecordsDigest(block.envelopes, block.proofs);
  Write(folder, "two_records", block.Encode(ledger));
  block.proofs = {"a proof", "another proof"};
  block.header.records_digest = rules::RecordsDigest(block.envelopes, block.proofs);
  Write(folder, "two_proofs", block.Encode(ledger));
  block.proofs.clear();
  block.header.records_digest = rules::RecordsDigest(block.envelopes, block.proofs);
  block.header.height = 1;
  Write(folder, "other_ledger", block.Encode(LedgerId()));
  block.envelopes.push_back("uncommitted");
  Write(folder, "wrong_digest", block.Encode(ledger));
}

// One of each kind, an entry that holds one, and a block that breaks a rule.
void WriteProofs(const std::string& folder) {
  using consensus::EvidenceKind;
  World w(2, 2, {}, proofs::CheckProof);
  const Accuser accuser(w.accord->charter(), w.ledger.tip().block);
  const std::vector<std::string> entries = {"a", "b", "c", "d", "e"};
  const std::string one = accuser.Votes(EvidenceKind::kTwoNotarize, 2, 3);
  Write(folder, "e1", one);
  Write(folder, "e2", accuser.Votes(EvidenceKind::kTwoFinalize, 2, 3));
  Write(folder, "e3", accuser.Votes(EvidenceKind::kNullifyFinalize, 2, 3));
  Write(folder, "e4", accuser.Votes(EvidenceKind::kNotarizeFinalize, 2, 3));
  Write(folder, "e5", accuser.BadJustification(2));
  rules::RawBlock block;
  block.header.parent = w.ledger.tip().block;
  block.header.height = 1;
  block.header.records_digest = rules::RecordsDigest({}, {});
  Write(folder, "e6", accuser.BadBlock(2, block));
  Write(folder, "block", block.Encode(w.accord->charter().ledger_id()));
  Write(folder, "c1", accuser.TwoRoots(2, 3, RootOf(entries, 3), RootOf(entries, 2)));
  Write(folder, "c2", accuser.OtherHistory(2, entries, 3, 5, RootOf(entries, 2)));
  w.ledger.AddBlock(w.now, {{}, {one}}).IgnoreError();
  Write(folder, "entry", w.ledger.entries().back());
  Write(folder, "cut", one.substr(0, one.size() / 2));
}

void WriteAll(const std::string& corpus) {
  WriteRecords(corpus + "/record");
  WriteBlocks(corpus + "/block");
  WriteProofs(corpus + "/proof");
  AccordOptions options;
  options.policies = "verdict { k_of { k: 1 of { member: \"med-a\" } of { member: \"med-b\" } } }";
  options.deadlines = "respond_s: 60";
  options.timing = "heartbeat_ms: 1000";
  const std::string text = TestAccord::CharterText(2, 2, options);
  Write(corpus + "/charter", "text", text);
  Write(corpus + "/charter", "note", TestAccord::Create(2, 2, options)->charter().note());
  Write(corpus + "/charter", "unknown_field", "format: 1\ncolour: 1\n");
  Write(corpus + "/charter", "nested",
        "policies { verdict { all_of { of { all_of { of { } } } } } }\n");
}

}  // namespace
}  // namespace parley::testing

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  parley::InitCrypto();
  parley::testing::WriteAll(argv[1]);
  return 0;
}
