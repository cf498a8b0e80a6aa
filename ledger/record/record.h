#pragma once

// A record as it travels and is kept: an envelope (payload, key id, signature) whose bytes are
// never re-serialized to verify. Formats: docs/formats.md, "Record"; the signed bytes are the DSSE
// v1.0 pre-authentication encoding of the payload.

#include <string>
#include <string_view>

#include "crypto/bytes.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "parley/v1/record.pb.h"

namespace parley::record {

inline constexpr std::string_view kPayloadType = "application/vnd.parley.record.v1";

// A record that is well formed: within its limits, canonically encoded, no unknown fields, shape of
// its act checked. Says nothing about its signature, its author's chain or the rules. Immutable;
// safe to share between threads.
class ParsedRecord {
 public:
  // INVALID_ARGUMENT names what is wrong and where. Takes the bytes as received.
  static StatusOr<ParsedRecord> Parse(std::string envelope);

  const std::string& envelope() const { return envelope_; }  // the bytes as received
  const RecordId& id() const { return id_; }
  const KeyId& key_id() const { return key_id_; }
  const Signature& signature() const { return signature_; }
  const v1::Record& record() const { return record_; }
  // The record id of the key's previous record; all zero for the first.
  const RecordId& previous() const { return previous_; }
  const LedgerId& ledger_id() const { return ledger_id_; }
  const CharterHash& charter() const { return charter_; }
  uint64_t sequence() const { return record_.sequence(); }
  // What the signature covers.
  Bytes SignedBytes() const;

 private:
  ParsedRecord() = default;
  std::string envelope_;
  std::string payload_;
  v1::Record record_;
  RecordId id_;
  RecordId previous_;
  KeyId key_id_;
  Signature signature_;
  LedgerId ledger_id_;
  CharterHash charter_;
};

// True exactly when `key` has the record's key id and the signature verifies under it.
bool VerifySignature(const ParsedRecord& record, const PublicKey& key);

// Signs a record and returns the envelope's bytes; INVALID_ARGUMENT when its shape is wrong, so
// that nobody signs what nobody would accept.
StatusOr<std::string> SignRecord(const v1::Record& record, const SecretKey& key);

// Limits and internal consistency of a record by itself (no state, no charter): sizes, UTF-8,
// ranges, enum values named, exactly one act, fields that the act demands.
Status CheckShape(const v1::Record& record);

// "ReportIncident", "ProposeVerdict", ...: the act's name as in docs/rules.md.
std::string_view ActName(const v1::Record& record);

// Canonical form of any message: deterministic, fields in ascending order, no unknown fields.
std::string CanonicalBytes(const google::protobuf::Message& message);
// Parses and refuses bytes that are not in canonical form. `what` names the message in errors.
Status ParseCanonical(std::string_view bytes, google::protobuf::Message* out,
                      std::string_view what);

}  // namespace parley::record
