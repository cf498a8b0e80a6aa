#pragma once

// Keys of the state map: readable prefixes, then parts that sort as they should. docs/rules.md,
// "State keys", is the list for readers.

#include <string>
#include <string_view>

#include "base/time.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "parley/v1/state.pb.h"

namespace parley::rules::keys {

inline constexpr std::string_view kCasePrefix = "case/";
inline constexpr std::string_view kDuePrefix = "due/";
inline constexpr std::string_view kKeyPrefix = "key/";
inline constexpr std::string_view kCurrentCharter = "charter/current";
inline constexpr std::string_view kProposalPrefix = "charter/proposed/";

std::string CharterVersion(uint32_t version);        // charter/version/<eight digits>
std::string CharterByHash(const CharterHash& hash);  // charter/hash/<hex>
std::string Proposal(std::string_view member);       // charter/proposed/<member>
std::string RotatedAlone(std::string_view member);   // charter/alone/<member>
std::string Key(const KeyId& id);                    // key/<hex>
std::string Record(const RecordId& id);              // record/<hex>
std::string OfficerPrefix(std::string_view member);  // officer/<member>/
std::string Officer(std::string_view member, std::string_view officer);
std::string Counter(int year);  // counter/<year>
// case/<year>-<number, eight digits>: ascending keys are ascending case numbers. The case id must
// be well formed (record::CaseNumber).
std::string Case(std::string_view case_id);
// due/<due, 16 hex digits>/<case as above>/<kind>/<member>: in the order in which they lapse.
std::string Due(const v1::ObligationState& obligation);
// obl/<case as above>/<kind>/<member>
std::string Obligation(std::string_view case_id, std::string_view kind, std::string_view member);
std::string ObligationPrefix(std::string_view case_id);  // obl/<case>/
// owes/<member>/<case as above>/<kind>, of obligations that name a member.
std::string OwedBy(const v1::ObligationState& obligation);
std::string OwedByPrefix(std::string_view member);  // owes/<member>/
std::string EpochStart(uint32_t version);           // epoch/<eight digits>
inline constexpr std::string_view kProofPrefix = "proof/";
// proof/<epoch, eight digits>/<member>/<kind>/<number, 16 hex digits>
std::string Proof(uint64_t epoch, std::string_view member, std::string_view kind, uint64_t number);
// proofs/<epoch>/<member>/<kind>
std::string ProofCount(uint64_t epoch, std::string_view member, std::string_view kind);

}  // namespace parley::rules::keys
