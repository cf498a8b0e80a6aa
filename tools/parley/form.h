#pragma once

// Forms: an act as a person writes it, in JSON, turned into the act of a record. Field names are
// those of proto/parley/v1/record.proto; enums go by name; and, so that nobody has to count
// milliseconds:
//
//   facts:  "from", "to": "2026-11-23T20:41+04:30" (offset of "from" is kept), "position":
//           "34.5284,69.1725" or an MGRS reference; instead of from_ms, to_ms, position
//   remedies[]: "due": "2026-12-31T00:00Z" instead of due_ms
//   record ids and keys ("report", "record", "public_key", "possession", "key_id"): hex
//
// Any form may carry "case_id", "language" and "references": [{"record_id": hex, "role": "..."}].
// Unknown fields, repeated keys, floating-point numbers and nesting beyond 16 are refused.

#include <string>
#include <string_view>

#include "parley/v1/record.pb.h"
#include "tools/parley/output.h"

namespace parley::cli {

// JSON text with the checks above; `source` names it in errors.
StatusOr<Json> ParseJsonForm(std::string_view text, std::string_view source);

// Fills the act with this field name ("report_incident", "respond", ...) and case_id, language and
// references of the record. For report_incident the form's fields are those of its facts, for
// propose_verdict those of its verdict.
Status FillFromForm(const Json& form, const std::string& act, v1::Record* out);

// {"<act>": {fields}}; an empty object for a record without an act.
Json ActToJson(const v1::Record& record);

}  // namespace parley::cli
