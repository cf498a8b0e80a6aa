#pragma once

// What all record commands share: their common options and the way from a form to the ledger.

#include <functional>
#include <string>
#include <vector>

#include "ledger/record/record.h"
#include "parley/v1/record.pb.h"
#include "tools/parley/output.h"
#include "tools/parley/registry.h"
#include "tools/parley/session.h"

namespace parley::cli {

struct RecordOptions {
  ConnectOptions connect;
  std::string form;  // JSON file, "-" for standard input
  std::string case_id;
  std::string language;  // BCP 47 tag of the free text; "en" unless given
  bool dry_run = false;
  bool offline = false;
  bool no_wait = false;
  std::string intake;    // file for the node's intake receipt
  std::string root_key;  // key acts: signed with the member's root key instead
};
void AddRecordOptions(Command command, RecordOptions* options, bool with_case);

// A form that flags fill in. The first error is kept and comes out of Take().
class FormBuilder {
 public:
  // Starts from --form if there is one.
  explicit FormBuilder(const RecordOptions& options);
  // Sets a field from a flag unless its text is empty; both flag and form is an error.
  FormBuilder& Text(const std::string& field, const std::string& value);
  FormBuilder& List(const std::string& field, const std::vector<std::string>& values);
  FormBuilder& Set(const std::string& field, Json value);
  // A field whose text may come from standard input ("-") and that people type freely: a reminder
  // that names do not belong in records goes to standard error.
  FormBuilder& Narrative(const std::string& field, const std::string& value);
  // Keeps the first error of a conversion that the command makes itself.
  template <class Fn>
  FormBuilder& Try(Fn fn) {
    if (status_.ok()) status_ = fn(&form_);
    return *this;
  }
  StatusOr<Json> Take();

 private:
  Json form_ = Json::object();
  Status status_;
};

// A record as a node has it.
struct KnownRecord {
  record::ParsedRecord record;
  bool final = false;
  uint64_t index = 0;  // of its entry, when final
};
// NOT_FOUND when the node does not know it; UNAUTHENTICATED when it gives another one.
StatusOr<KnownRecord> FetchRecord(Session& session, const RecordId& id);

// The case that the ledger gave a record, by its entry; empty when it concerns none or cannot be
// told.
std::string CaseOfEntry(rpc::Client& client, uint64_t index);

// Builds, shows (--dry-run), signs, keeps (--offline), sends and waits.
StatusOr<Result> SubmitForm(const RecordOptions& options, const std::string& act,
                            const StatusOr<Json>& form);

// The same with a record whose act is filled in already; `fill` gets the session.
using Fill = std::function<Status(Session&, v1::Record*)>;
StatusOr<Result> SubmitRecord(const RecordOptions& options, const Fill& fill);

}  // namespace parley::cli
