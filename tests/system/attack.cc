// parley-attack: what a dishonest insider would try, for the demo and the system tests. It is never
// installed. Exit code 1 means the attack was refused, 0 that it worked (a bug).
//
//   parley-attack forge    --profile P   a record under an officer's name, signed with another key
//   parley-attack backdate --profile P   a second record under a used number, dated three days ago
//   parley-attack flip --db DIR --entry N  flips one bit of the entry in a stopped node's files

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "ledger/record/record.h"
#include "ledger/store/ledger_store.h"
#include "parley/v1/entry.pb.h"
#include "tools/parley/session.h"

namespace parley::attack {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kThreeDaysMs = 3ULL * 24 * 3'600 * 1'000;

v1::Record Report(const cli::Session& session, uint64_t sequence, const std::string& previous,
                  TimeMs declared) {
  v1::Record r;
  r.set_ledger_id(session.charter().ledger_id().ToString());
  r.set_charter(session.charter().hash().ToString());
  r.set_member(session.member());
  r.set_officer(session.officer());
  r.set_sequence(sequence);
  r.set_previous(previous);
  r.set_declared_at_ms(ToInt(declared));
  r.set_nonce(std::string(AsText(RandomBytes(16))));
  r.set_language("en");
  v1::IncidentFacts* facts = r.mutable_report_incident()->mutable_facts();
  facts->set_event_type(session.charter().proto().catalogue(0).code());
  facts->set_from_ms(ToInt(declared) - 60'000);
  facts->set_to_ms(ToInt(declared) - 60'000);
  facts->set_time_precision(v1::MINUTE);
  facts->set_urgency(v1::ROUTINE);
  facts->add_alleged()->set_unknown(true);
  facts->set_narrative("An invented event.");
  return r;
}

StatusOr<int> Send(cli::Session& session, const std::string& envelope) {
  ASSIGN_OR_RETURN(rpc::Client * client, session.Client());
  v1::SubmitRequest request;
  request.add_envelopes(envelope);
  ASSIGN_OR_RETURN(const v1::SubmitResponse response, client->Submit(request));
  if (response.results_size() != 1) return Internal("the node gave no answer for the record");
  const v1::SubmitResult& result = response.results(0);
  if (result.code() == 0) {
    std::cout << "the node accepted it\n";
    return 0;
  }
  std::cout << "refused: " << result.message() << "\n";
  return 1;
}

StatusOr<v1::GetAuthorHeadResponse> Head(cli::Session& session, const PublicKey& key) {
  ASSIGN_OR_RETURN(rpc::Client * client, session.Client());
  v1::GetAuthorHeadRequest request;
  request.set_key_id(KeyIdOf(key).ToString());
  return client->GetAuthorHead(request);
}

StatusOr<int> Forge(cli::Session& session) {
  const rules::CharterMember* member = session.charter().FindMember(session.member());
  if (member == nullptr || member->officers.empty()) return NotFound("no officer to imitate");
  const PublicKey victim = member->officers.front().key;
  ASSIGN_OR_RETURN(const v1::GetAuthorHeadResponse head, Head(session, victim));
  const v1::Record record =
      Report(session, head.sequence() + 1, head.previous(), SystemClock().Now());
  ASSIGN_OR_RETURN(const std::string signed_by_us,
                   record::SignRecord(record, SecretKey::Generate()));
  v1::Envelope envelope;
  if (!envelope.ParseFromString(signed_by_us)) return Internal("own envelope does not parse");
  envelope.set_key_id(KeyIdOf(victim).ToString());
  return Send(session, record::CanonicalBytes(envelope));
}

StatusOr<int> Backdate(cli::Session& session) {
  ASSIGN_OR_RETURN(const SecretKey* key, session.SigningKey());
  ASSIGN_OR_RETURN(const v1::GetAuthorHeadResponse head, Head(session, key->public_key()));
  if (head.sequence() == 0) return FailedPrecondition("the officer has no records yet");
  const TimeMs then = static_cast<TimeMs>(ToInt(SystemClock().Now()) - kThreeDaysMs);
  ASSIGN_OR_RETURN(const std::string envelope,
                   record::SignRecord(Report(session, 1, "", then), *key));
  return Send(session, envelope);
}

// Flips the lowest bit of the byte at `at` of the file.
Status FlipByte(const fs::path& path, size_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  char byte = 0;
  file.get(byte);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(byte ^ 1));
  file.flush();
  return file ? absl::OkStatus() : Unavailable("cannot write " + path.string());
}

// The signature is random, so it stands in the database's files as it is, wherever that may be.
StatusOr<int> Flip(const std::string& data_dir, uint64_t index) {
  const fs::path inner = fs::path(data_dir) / "db";
  const fs::path db = fs::exists(inner) ? inner : fs::path(data_dir);
  std::string needle;
  {
    ASSIGN_OR_RETURN(const auto store,
                     store::Store::Open(db.string(), store::Store::Mode::kReadOnly));
    const store::LedgerReader reader(store->TakeSnapshot());
    ASSIGN_OR_RETURN(const std::string bytes, reader.Entry(index));
    v1::Entry entry;
    v1::Envelope envelope;
    if (!entry.ParseFromString(bytes) || !envelope.ParseFromString(entry.record()))
      return InvalidArgument(fmt::format("entry {} holds no record", index));
    needle = envelope.signature();
  }
  size_t flipped = 0;
  for (const auto& item : fs::directory_iterator(db)) {
    if (!item.is_regular_file()) continue;
    std::ifstream in(item.path(), std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(in)), {});
    for (size_t at = content.find(needle); at != std::string::npos;
         at = content.find(needle, at + 1)) {
      RETURN_IF_ERROR(FlipByte(item.path(), at));
      std::cout << fmt::format("flipped one bit of entry {} in {} at byte {}\n", index,
                               item.path().filename().string(), at);
      ++flipped;
    }
  }
  if (flipped == 0) return NotFound(fmt::format("entry {} is in no file as it stands", index));
  return 0;
}

int Report(const StatusOr<int>& result) {
  if (result.ok()) return *result;
  std::cerr << "parley-attack: " << MessageOf(result.status()) << "\n";
  return 4;
}

StatusOr<int> WithSession(const cli::ConnectOptions& options,
                          StatusOr<int> (*attack)(cli::Session&)) {
  ASSIGN_OR_RETURN(const std::unique_ptr<cli::Session> session, cli::Session::Open(options));
  return attack(*session);
}

int Main(int argc, char** argv) {
  CLI::App app("What a dishonest insider would try; for tests and the demo");
  app.require_subcommand(1);
  cli::ConnectOptions connect;
  std::string db;
  uint64_t entry = 0;
  CLI::App* forge = app.add_subcommand("forge", "A record signed with the wrong key");
  cli::AddConnectOptions(cli::Command(forge), &connect);
  CLI::App* backdate = app.add_subcommand("backdate", "A second record under a used number");
  cli::AddConnectOptions(cli::Command(backdate), &connect);
  CLI::App* flip = app.add_subcommand("flip", "Flips one bit of an entry in a database's files");
  flip->add_option("--db", db, "A stopped node's data directory")->required();
  flip->add_option("--entry", entry, "Index of the entry")->required();
  CLI11_PARSE(app, argc, argv);
  if (*forge) return Report(WithSession(connect, Forge));
  if (*backdate) return Report(WithSession(connect, Backdate));
  return Report(Flip(db, entry));
}

}  // namespace
}  // namespace parley::attack

int main(int argc, char** argv) {
  parley::InitCrypto();
  return parley::attack::Main(argc, argv);
}
