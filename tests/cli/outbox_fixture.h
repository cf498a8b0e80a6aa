#pragma once

// Chains of signed records for the tests of outbox files and folders.

#include <string>
#include <vector>

#include "ledger/record/record.h"

namespace parley::cli {

inline LedgerId TestLedger(char fill = 'L') {
  return *LedgerId::FromBytes(AsBytes(std::string(32, fill)));
}

// `count` records of one key, numbered from first_sequence on, chained to `previous`.
inline std::vector<record::ParsedRecord> MakeChain(const SecretKey& key, uint64_t first_sequence,
                                                   size_t count, RecordId previous = {},
                                                   const LedgerId& ledger = TestLedger()) {
  std::vector<record::ParsedRecord> out;
  for (size_t i = 0; i < count; ++i) {
    v1::Record r;
    r.set_ledger_id(ledger.ToString());
    r.set_charter(std::string(32, 'C'));
    r.set_member("north");
    r.set_officer("anna");
    r.set_sequence(first_sequence + i);
    if (r.sequence() > 1) r.set_previous(previous.ToString());
    r.set_declared_at_ms(1'760'000'000'000);
    r.set_nonce(std::string(16, static_cast<char>('a' + i)));
    r.set_language("en");
    r.set_case_id("2025-0001");
    r.mutable_respond()->set_answer(v1::Respond::DENY);
    r.mutable_respond()->set_account("No.");
    auto parsed = record::ParsedRecord::Parse(*record::SignRecord(r, key));
    previous = parsed->id();
    out.push_back(*std::move(parsed));
  }
  return out;
}

}  // namespace parley::cli
