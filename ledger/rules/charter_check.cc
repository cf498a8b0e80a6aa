#include <set>
#include <utility>

#include "base/limits.h"
#include "crypto/identity.h"
#include "ledger/record/names.h"
#include "ledger/record/text.h"
#include "ledger/rules/charter_internal.h"
#include "ledger/rules/policy.h"

namespace parley::rules::internal {
namespace {

constexpr uint64_t kTenYearsS = 10ULL * 366 * 24 * 3'600;
constexpr int kPolicyDepthMax = 8;
constexpr int kPolicyItemsMax = 32;
constexpr size_t kCatalogueMax = 256;

Status CheckPolicy(const v1::Policy& policy, const Charter& charter, const std::string& field,
                   int depth);

template <class List>
Status CheckPolicyList(const List& policies, uint32_t k, const Charter& charter,
                       const std::string& field, int depth) {
  if (policies.empty()) return InvalidArgument(field + ": an empty list can never be met");
  if (policies.size() > kPolicyItemsMax)
    return InvalidArgument(fmt::format("{}: {} items, at most {} are allowed", field,
                                       policies.size(), kPolicyItemsMax));
  if (k == 0 || k > static_cast<uint32_t>(policies.size()))
    return InvalidArgument(
        fmt::format("{}: {} of {} can never be met or is always met", field, k, policies.size()));
  for (int i = 0; i < policies.size(); ++i)
    RETURN_IF_ERROR(
        CheckPolicy(policies.Get(i), charter, fmt::format("{}.of[{}]", field, i), depth + 1));
  return absl::OkStatus();
}

Status CheckRoleQuorum(const v1::Policy::RoleQuorum& quorum, const Charter& charter,
                       const std::string& field) {
  if (quorum.role() != v1::PARTY && quorum.role() != v1::MEDIATOR)
    return InvalidArgument(field + ".role.role: want PARTY or MEDIATOR");
  const size_t members = charter.MembersOfRole(quorum.role()).size();
  if (quorum.k() > members)
    return InvalidArgument(fmt::format("{}.role: wants {} of role {}, and there are {}", field,
                                       quorum.k(), v1::Role_Name(quorum.role()), members));
  return absl::OkStatus();
}

Status CheckPolicy(const v1::Policy& policy, const Charter& charter, const std::string& field,
                   int depth) {
  if (depth > kPolicyDepthMax)
    return InvalidArgument(fmt::format("{}: nested more than {} deep", field, kPolicyDepthMax));
  switch (policy.kind_case()) {
    case v1::Policy::kMember:
      if (charter.FindMember(policy.member()) == nullptr)
        return InvalidArgument(field + ".member: names no member of this charter");
      return absl::OkStatus();
    case v1::Policy::kRole:
      return CheckRoleQuorum(policy.role(), charter, field);
    case v1::Policy::kAllOf: {
      const auto& of = policy.all_of().of();
      return CheckPolicyList(of, static_cast<uint32_t>(of.size()), charter, field + ".all_of",
                             depth);
    }
    case v1::Policy::kAnyOf:
      return CheckPolicyList(policy.any_of().of(), 1, charter, field + ".any_of", depth);
    case v1::Policy::kKOf:
      return CheckPolicyList(policy.k_of().of(), policy.k_of().k(), charter, field + ".k_of",
                             depth);
    case v1::Policy::KIND_NOT_SET:
      break;
  }
  return InvalidArgument(field + ": says nothing");
}

Status CheckPolicies(const Charter& charter) {
  const v1::Policies& p = charter.proto().policies();
  MemberSet mediators;
  for (std::string& member : charter.MembersOfRole(v1::MEDIATOR))
    mediators.insert(std::move(member));
  const std::pair<const char*, const v1::Policy*> on_cases[] = {{"verdict", &p.verdict()},
                                                                {"appeal", &p.appeal()},
                                                                {"close", &p.close()},
                                                                {"redact", &p.redact()},
                                                                {"screen", &p.screen()}};
  for (const auto& [name, policy] : on_cases) {
    const std::string field = fmt::format("policies.{}", name);
    RETURN_IF_ERROR(CheckPolicy(*policy, charter, field, 1));
    if (!PolicyMet(*policy, charter, mediators))
      return InvalidArgument(field +
                             ": the mediators alone could not meet it, so a party had a veto");
  }
  return CheckPolicy(p.charter_change(), charter, "policies.charter_change", 1);
}

Status CheckDeadlines(const v1::Deadlines& d) {
  const std::pair<const char*, uint64_t> all[] = {{"screen_s", d.screen_s()},
                                                  {"screen_flash_s", d.screen_flash_s()},
                                                  {"respond_s", d.respond_s()},
                                                  {"task_s", d.task_s()},
                                                  {"answer_access_s", d.answer_access_s()},
                                                  {"findings_s", d.findings_s()},
                                                  {"comment_s", d.comment_s()},
                                                  {"verdict_s", d.verdict_s()},
                                                  {"endorse_s", d.endorse_s()},
                                                  {"step_up_s", d.step_up_s()},
                                                  {"appeal_s", d.appeal_s()},
                                                  {"decide_appeal_s", d.decide_appeal_s()},
                                                  {"remedy_max_s", d.remedy_max_s()},
                                                  {"late_after_s", d.late_after_s()},
                                                  {"stale_after_s", d.stale_after_s()}};
  for (const auto& [name, seconds] : all)
    if (seconds > kTenYearsS)
      return InvalidArgument(
          fmt::format("deadlines.{}: {} s is more than ten years", name, seconds));
  if (d.stale_after_s() < d.late_after_s())
    return InvalidArgument("deadlines.stale_after_s: is before late_after_s");
  return absl::OkStatus();
}

Status CheckTiming(const v1::Timing& timing) {
  constexpr uint64_t kHourMs = 3'600'000;
  struct Range {
    const char* name;
    uint64_t value, low, high;
  };
  const Range ranges[] = {
      {"clock_skew_max_ms", timing.clock_skew_max_ms(), 1, kHourMs},
      {"clock_lag_max_ms", timing.clock_lag_max_ms(), 1, kHourMs},
      {"heartbeat_ms", timing.heartbeat_ms(), 100, uint64_t{7} * 24 * kHourMs},
      {"rotation_pause_ms", timing.rotation_pause_ms(), 1, uint64_t{90} * 24 * kHourMs},
  };
  for (const Range& r : ranges)
    if (r.value < r.low || r.value > r.high)
      return InvalidArgument(
          fmt::format("timing.{}: {} is not in {}..{}", r.name, r.value, r.low, r.high));
  return absl::OkStatus();
}

Status CheckCatalogue(const v1::Charter& charter) {
  if (static_cast<size_t>(charter.catalogue_size()) > kCatalogueMax)
    return InvalidArgument(fmt::format("catalogue: {} items, at most {} are allowed",
                                       charter.catalogue_size(), kCatalogueMax));
  std::set<std::string> codes;
  for (int i = 0; i < charter.catalogue_size(); ++i) {
    const v1::EventType& type = charter.catalogue(i);
    const std::string field = fmt::format("catalogue[{}]", i);
    if (!record::IsEventCode(type.code()))
      return InvalidArgument(field + ".code: want a code such as FIRE_INDIRECT");
    if (!codes.insert(type.code()).second)
      return InvalidArgument(fmt::format("{}.code: {} is there twice", field, type.code()));
    RETURN_IF_ERROR(record::CheckText(type.label(), field + ".label", record::kShortText));
    if (type.standing() == v1::EventType::STANDING_UNSPECIFIED ||
        !v1::EventType::Standing_IsValid(type.standing()))
      return InvalidArgument(field + ".standing: want PROHIBITED, PROVOCATIVE or NOTIFIABLE");
  }
  return absl::OkStatus();
}

// A later charter names the ledger and the one text that it replaces.
Status CheckVersion(const v1::Charter& charter) {
  if (charter.version() == 0 || charter.version() > limits::kCharterVersionsMax)
    return InvalidArgument(
        fmt::format("version: {} is not in 1..{}", charter.version(), limits::kCharterVersionsMax));
  const bool founding = charter.version() == 1;
  if (founding && (!charter.ledger_id().empty() || !charter.previous().empty()))
    return InvalidArgument("version: a founding charter has neither ledger_id nor previous");
  if (!founding && (charter.ledger_id().empty() || charter.previous().empty()))
    return InvalidArgument("version: a later charter must have ledger_id and previous");
  return absl::OkStatus();
}

}  // namespace

Status CheckCharter(const Charter& charter) {
  const v1::Charter& proto = charter.proto();
  if (proto.format() != 1)
    return InvalidArgument(fmt::format("format: {} is not known, want 1", proto.format()));
  RETURN_IF_ERROR(CheckVersion(proto));
  if (!IsOrigin(proto.origin()))
    return InvalidArgument(fmt::format(
        "origin: want 1 to {} of A-Z a-z 0-9 . _ ~ - in segments divided by single slashes",
        limits::kOriginBytesMax));
  RETURN_IF_ERROR(record::CheckText(proto.title(), "title", record::kShortText));
  RETURN_IF_ERROR(CheckPolicies(charter));
  RETURN_IF_ERROR(CheckDeadlines(proto.deadlines()));
  RETURN_IF_ERROR(CheckTiming(proto.timing()));
  return CheckCatalogue(proto);
}

}  // namespace parley::rules::internal
