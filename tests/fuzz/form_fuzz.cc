// Forms: whatever a person's JSON says, filling a record never crashes, and what it filled can be
// shown again.

#include "ledger/record/record.h"
#include "tests/fuzz/fuzz_target.h"
#include "tools/parley/form.h"
#include "tools/parley/text.h"

FUZZ_TARGET(form) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (parley::cli::IsUtf8(parley::cli::Printable(text)) == false) __builtin_trap();
  const auto form = parley::cli::ParseJsonForm(text, "fuzz");
  if (!form.ok()) return 0;
  for (const char* act : {"report_incident", "amend_report", "propose_verdict", "decide_appeal",
                          "respond", "endorse", "enrol_key"}) {
    parley::v1::Record record;
    if (!parley::cli::FillFromForm(*form, act, &record).ok()) continue;
    if (parley::cli::ActToJson(record).empty()) __builtin_trap();
    parley::record::CheckShape(record).IgnoreError();
  }
  return 0;
}
