#include "base/limits.h"
#include "crypto/hash.h"
#include "ledger/record/names.h"
#include "ledger/record/shape.h"
#include "ledger/record/text.h"

namespace parley::record::internal {
namespace {

constexpr int32_t kLatitudeMax = 900'000'000;  // 1e-7 degrees
constexpr int32_t kLongitudeMax = 1'800'000'000;
constexpr int32_t kOffsetMinutesMin = -720;  // UTC-12:00
constexpr int32_t kOffsetMinutesMax = 840;   // UTC+14:00

Status CheckWhen(const v1::IncidentFacts& facts) {
  RETURN_IF_ERROR(CheckTime(facts.from_ms(), "facts.from_ms"));
  RETURN_IF_ERROR(CheckTime(facts.to_ms(), "facts.to_ms"));
  if (facts.to_ms() < facts.from_ms())
    return InvalidArgument(fmt::format("facts.to_ms: {} is before facts.from_ms, {}",
                                       FormatTime(static_cast<TimeMs>(facts.to_ms())),
                                       FormatTime(static_cast<TimeMs>(facts.from_ms()))));
  if (facts.utc_offset_minutes() < kOffsetMinutesMin ||
      facts.utc_offset_minutes() > kOffsetMinutesMax)
    return InvalidArgument(fmt::format("facts.utc_offset_minutes: {} is not in {}..{}",
                                       facts.utc_offset_minutes(), kOffsetMinutesMin,
                                       kOffsetMinutesMax));
  return CheckEnum(facts.time_precision(), v1::TimePrecision_IsValid, /*required=*/true,
                   "facts.time_precision");
}

Status CheckWhere(const v1::IncidentFacts& facts) {
  if (facts.has_position()) {
    const v1::Position& at = facts.position();
    if (at.latitude_e7() < -kLatitudeMax || at.latitude_e7() > kLatitudeMax)
      return InvalidArgument(fmt::format("facts.position.latitude_e7: {} is not in -{}..{}",
                                         at.latitude_e7(), kLatitudeMax, kLatitudeMax));
    if (at.longitude_e7() < -kLongitudeMax || at.longitude_e7() > kLongitudeMax)
      return InvalidArgument(fmt::format("facts.position.longitude_e7: {} is not in -{}..{}",
                                         at.longitude_e7(), kLongitudeMax, kLongitudeMax));
  }
  RETURN_IF_ERROR(CheckEnum(facts.location_precision(), v1::LocationPrecision_IsValid,
                            /*required=*/facts.has_position(), "facts.location_precision"));
  RETURN_IF_ERROR(CheckText(facts.place(), "facts.place", kShortText));
  if (!facts.admin_code().empty() && !IsAdminCode(facts.admin_code()))
    return InvalidArgument("facts.admin_code: want 1 to 32 letters, digits and '-'");
  return absl::OkStatus();
}

Status CheckAllegedOne(const v1::Alleged& alleged, const std::string& field) {
  switch (alleged.who_case()) {
    case v1::Alleged::kMember:
      return CheckMember(alleged.member(), field + ".member");
    case v1::Alleged::kGroup:
      return CheckText(alleged.group(), field + ".group", kShortTextRequired);
    case v1::Alleged::kUnknown:
      return alleged.unknown() ? absl::OkStatus()
                               : InvalidArgument(field + ".unknown: can only be true");
    case v1::Alleged::WHO_NOT_SET:
      break;
  }
  return InvalidArgument(field + ": names nobody; say member, group or unknown");
}

Status CheckWho(const v1::IncidentFacts& facts) {
  RETURN_IF_ERROR(CheckListSize(facts.alleged_size(), "facts.alleged"));
  for (int i = 0; i < facts.alleged_size(); ++i) {
    RETURN_IF_ERROR(CheckAllegedOne(facts.alleged(i), fmt::format("facts.alleged[{}]", i)));
    for (int j = 0; j < i; ++j)
      if (facts.alleged(i).SerializeAsString() == facts.alleged(j).SerializeAsString())
        return InvalidArgument(fmt::format("facts.alleged[{}]: repeats item {}", i, j));
  }
  return absl::OkStatus();
}

Status CheckMeans(const v1::IncidentFacts& facts) {
  RETURN_IF_ERROR(
      CheckEnum(facts.direction(), v1::Direction_IsValid, /*required=*/false, "facts.direction"));
  RETURN_IF_ERROR(CheckEnumList(facts.means(), v1::Means_IsValid, "facts.means"));
  RETURN_IF_ERROR(CheckEnum(facts.count_kind(), v1::CountKind_IsValid,
                            /*required=*/facts.has_count(), "facts.count_kind"));
  if (facts.count_kind() != v1::COUNT_KIND_UNSPECIFIED && !facts.has_count())
    return InvalidArgument("facts.count: missing, but count_kind is given");
  return absl::OkStatus();
}

Status CheckCasualtiesOne(const v1::Casualties& c, const std::string& field) {
  RETURN_IF_ERROR(CheckEnum(c.outcome(), v1::Outcome_IsValid, true, field + ".outcome"));
  RETURN_IF_ERROR(CheckEnum(c.group(), v1::PersonGroup_IsValid, true, field + ".group"));
  if (!c.has_low() && !c.has_best() && !c.has_high())
    return InvalidArgument(field + ": states none of low, best and high");
  const bool ordered = (!c.has_low() || !c.has_best() || c.low() <= c.best()) &&
                       (!c.has_best() || !c.has_high() || c.best() <= c.high()) &&
                       (!c.has_low() || !c.has_high() || c.low() <= c.high());
  if (!ordered) return InvalidArgument(field + ": want low <= best <= high");
  return absl::OkStatus();
}

Status CheckHarm(const v1::IncidentFacts& facts) {
  RETURN_IF_ERROR(CheckListSize(facts.casualties_size(), "facts.casualties"));
  for (int i = 0; i < facts.casualties_size(); ++i) {
    RETURN_IF_ERROR(
        CheckCasualtiesOne(facts.casualties(i), fmt::format("facts.casualties[{}]", i)));
    for (int j = 0; j < i; ++j)
      if (facts.casualties(i).outcome() == facts.casualties(j).outcome() &&
          facts.casualties(i).group() == facts.casualties(j).group())
        return InvalidArgument(
            fmt::format("facts.casualties[{}]: same outcome and group as item {}", i, j));
  }
  RETURN_IF_ERROR(CheckListSize(facts.damage_size(), "facts.damage"));
  for (int i = 0; i < facts.damage_size(); ++i)
    RETURN_IF_ERROR(
        CheckText(facts.damage(i), fmt::format("facts.damage[{}]", i), kShortTextRequired));
  return absl::OkStatus();
}

Status CheckSource(const v1::IncidentFacts& facts) {
  RETURN_IF_ERROR(CheckText(facts.source_kind(), "facts.source_kind", kShortText));
  const std::string& reliability = facts.reliability();
  if (!reliability.empty() &&
      (reliability.size() != 1 || reliability[0] < 'A' || reliability[0] > 'F'))
    return InvalidArgument("facts.reliability: want A to F, or nothing when not rated");
  if (facts.credibility() > 6)
    return InvalidArgument(
        fmt::format("facts.credibility: {} is not in 1..6 (0: not rated)", facts.credibility()));
  return absl::OkStatus();
}

Status CheckRest(const v1::IncidentFacts& facts) {
  RETURN_IF_ERROR(CheckEnum(facts.urgency(), v1::Urgency_IsValid, false, "facts.urgency"));
  RETURN_IF_ERROR(CheckEnumList(facts.asks(), v1::Ask_IsValid, "facts.asks"));
  RETURN_IF_ERROR(CheckListSize(facts.tags_size(), "facts.tags"));
  for (int i = 0; i < facts.tags_size(); ++i)
    RETURN_IF_ERROR(CheckText(facts.tags(i), fmt::format("facts.tags[{}]", i), kTag));
  return CheckText(facts.narrative(), "facts.narrative", kFreeText);
}

}  // namespace

Status CheckFacts(const v1::IncidentFacts& facts) {
  if (!IsEventCode(facts.event_type()))
    return InvalidArgument("facts.event_type: want a code such as FIRE_INDIRECT");
  RETURN_IF_ERROR(CheckWhen(facts));
  RETURN_IF_ERROR(CheckWhere(facts));
  RETURN_IF_ERROR(CheckWho(facts));
  RETURN_IF_ERROR(CheckMeans(facts));
  RETURN_IF_ERROR(CheckHarm(facts));
  RETURN_IF_ERROR(CheckSource(facts));
  return CheckRest(facts);
}

Status CheckReportIncident(const v1::ReportIncident& act) {
  if (!act.has_facts()) return InvalidArgument("facts: missing");
  return CheckFacts(act.facts());
}

Status CheckAmendReport(const v1::AmendReport& act) {
  RETURN_IF_ERROR(CheckSize(act.report(), RecordId::kSize, "report"));
  RETURN_IF_ERROR(CheckText(act.reason(), "reason", kFreeText));
  if (!act.has_facts()) return InvalidArgument("facts: missing");
  return CheckFacts(act.facts());
}

Status CheckWithdrawReport(const v1::WithdrawReport& act) {
  RETURN_IF_ERROR(CheckSize(act.report(), RecordId::kSize, "report"));
  return CheckText(act.reason(), "reason", kFreeText);
}

}  // namespace parley::record::internal
