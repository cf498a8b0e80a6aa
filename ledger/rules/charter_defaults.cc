#include "ledger/rules/charter_internal.h"

namespace parley::rules::internal {
namespace {

constexpr uint64_t kHour = 3'600;
constexpr uint64_t kDay = 24 * kHour;

struct DefaultEvent {
  const char* code;
  const char* label;
  v1::EventType::Standing standing;
  bool duration;
};

constexpr auto kProhibited = v1::EventType::PROHIBITED;
constexpr auto kProvocative = v1::EventType::PROVOCATIVE;
constexpr auto kNotifiable = v1::EventType::NOTIFIABLE;

constexpr DefaultEvent kCatalogue[] = {
    {"FIRE_SMALL_ARMS", "Fire with small arms", kProhibited, true},
    {"FIRE_INDIRECT", "Mortar, artillery or rocket fire", kProhibited, true},
    {"AIR_STRIKE", "Strike from the air", kProhibited, false},
    {"UAV_STRIKE", "Strike by an uncrewed aircraft", kProhibited, false},
    {"AIRSPACE", "Flight into the other side's airspace", kProvocative, true},
    {"ASSAULT", "Ground assault or raid", kProhibited, true},
    {"INFILTRATION", "Armed persons crossing the line", kProhibited, false},
    {"ARMED_GROUP", "Act of an armed group", kProhibited, true},
    {"IED", "Improvised explosive device", kProhibited, false},
    {"MINE", "Mine laid or set off", kProhibited, false},
    {"SUICIDE_ATTACK", "Suicide attack", kProhibited, false},
    {"TARGETED_KILLING", "Targeted killing", kProhibited, false},
    {"ABDUCTION", "Abduction", kProhibited, true},
    {"POST_WORKS", "Building or strengthening of posts or barriers", kProvocative, true},
    {"CROSSING_CLOSURE", "Closure of a crossing", kProvocative, true},
    {"DETENTION", "Detention of the other side's people", kNotifiable, true},
    {"REMAINS", "Remains of the dead: found, held or returned", kNotifiable, false},
    {"DISPLACEMENT", "People driven from their homes", kProhibited, true},
    {"CIVILIAN_HARM", "Harm to civilians or civilian objects", kProhibited, false},
    {"MEDICAL_OR_AID", "Harm to or obstruction of medical or aid work", kProhibited, true},
    {"MONITOR_OBSTRUCTED", "Monitors obstructed", kProhibited, true},
    {"STATEMENT", "Public statement against the accord", kProvocative, false},
    {"PROCEDURE", "Breach of procedure", kNotifiable, false},
};

void FillPolicies(v1::Policies* policies) {
  const auto all_mediators = [](v1::Policy* policy) {
    policy->mutable_role()->set_role(v1::MEDIATOR);
  };
  if (!policies->has_verdict()) all_mediators(policies->mutable_verdict());
  if (!policies->has_appeal()) all_mediators(policies->mutable_appeal());
  if (!policies->has_close()) all_mediators(policies->mutable_close());
  if (!policies->has_redact()) all_mediators(policies->mutable_redact());
  if (!policies->has_screen()) {
    policies->mutable_screen()->mutable_role()->set_role(v1::MEDIATOR);
    policies->mutable_screen()->mutable_role()->set_k(1);
  }
  if (!policies->has_charter_change()) {
    v1::Policy::List* all = policies->mutable_charter_change()->mutable_all_of();
    all->add_of()->mutable_role()->set_role(v1::PARTY);
    all->add_of()->mutable_role()->set_role(v1::MEDIATOR);
  }
}

void FillDeadlines(v1::Deadlines* d) {
  const auto fill = [d](uint64_t value, void (v1::Deadlines::*set)(uint64_t), uint64_t seconds) {
    if (value == 0) (d->*set)(seconds);
  };
  fill(d->screen_s(), &v1::Deadlines::set_screen_s, kDay);
  fill(d->screen_flash_s(), &v1::Deadlines::set_screen_flash_s, 2 * kHour);
  fill(d->respond_s(), &v1::Deadlines::set_respond_s, 2 * kDay);
  fill(d->task_s(), &v1::Deadlines::set_task_s, 3 * kDay);
  fill(d->answer_access_s(), &v1::Deadlines::set_answer_access_s, 12 * kHour);
  fill(d->findings_s(), &v1::Deadlines::set_findings_s, 7 * kDay);
  fill(d->comment_s(), &v1::Deadlines::set_comment_s, 3 * kDay);
  fill(d->verdict_s(), &v1::Deadlines::set_verdict_s, 5 * kDay);
  fill(d->endorse_s(), &v1::Deadlines::set_endorse_s, 2 * kDay);
  fill(d->step_up_s(), &v1::Deadlines::set_step_up_s, 7 * kDay);
  fill(d->appeal_s(), &v1::Deadlines::set_appeal_s, 7 * kDay);
  fill(d->decide_appeal_s(), &v1::Deadlines::set_decide_appeal_s, 14 * kDay);
  fill(d->remedy_max_s(), &v1::Deadlines::set_remedy_max_s, 30 * kDay);
  fill(d->late_after_s(), &v1::Deadlines::set_late_after_s, kDay);
  fill(d->stale_after_s(), &v1::Deadlines::set_stale_after_s, 30 * kDay);
}

void FillTiming(v1::Timing* timing) {
  if (timing->clock_skew_max_ms() == 0) timing->set_clock_skew_max_ms(5'000);
  if (timing->clock_lag_max_ms() == 0) timing->set_clock_lag_max_ms(60'000);
  if (timing->heartbeat_ms() == 0) timing->set_heartbeat_ms(600'000);
  if (timing->rotation_pause_ms() == 0) timing->set_rotation_pause_ms(kDay * 1'000);
}

}  // namespace

void FillCharterDefaults(v1::Charter* charter) {
  FillPolicies(charter->mutable_policies());
  FillDeadlines(charter->mutable_deadlines());
  FillTiming(charter->mutable_timing());
  charter->mutable_case_rules();
  if (charter->catalogue_size() > 0) return;
  for (const DefaultEvent& event : kCatalogue) {
    v1::EventType* type = charter->add_catalogue();
    type->set_code(event.code);
    type->set_label(event.label);
    type->set_standing(event.standing);
    type->set_duration(event.duration);
  }
}

}  // namespace parley::rules::internal
