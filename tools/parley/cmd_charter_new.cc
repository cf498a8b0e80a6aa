// parley charter new: drafts the text that every member will sign.

#include <algorithm>

#include "ledger/rules/charter.h"
#include "tools/parley/charter_draft.h"
#include "tools/parley/charter_file.h"
#include "tools/parley/files.h"
#include "tools/parley/keys.h"
#include "tools/parley/quantity.h"
#include "tools/parley/registry.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

struct NewOptions {
  std::string origin, title, out, founded_at, heartbeat, clock_skew, clock_lag, rotation_pause;
  std::vector<std::string> members, deadlines;
  bool verdict_without_verification = false;
};

Status SetMs(const std::string& text, const char* flag, uint64_t* out) {
  if (text.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::chrono::milliseconds value, ParseDuration(text), "{}", flag);
  *out = static_cast<uint64_t>(value.count());
  return absl::OkStatus();
}

Status SetTiming(const NewOptions& o, v1::Timing* out) {
  uint64_t heartbeat = 0, skew = 0, lag = 0, rotation = 0;
  RETURN_IF_ERROR(SetMs(o.heartbeat, "--heartbeat", &heartbeat));
  RETURN_IF_ERROR(SetMs(o.clock_skew, "--clock-skew-max", &skew));
  RETURN_IF_ERROR(SetMs(o.clock_lag, "--clock-lag-max", &lag));
  RETURN_IF_ERROR(SetMs(o.rotation_pause, "--rotation-pause", &rotation));
  if (rotation != 0) out->set_rotation_pause_ms(rotation);
  if (heartbeat != 0) out->set_heartbeat_ms(heartbeat);
  if (skew != 0) out->set_clock_skew_max_ms(skew);
  if (lag != 0) out->set_clock_lag_max_ms(lag);
  return absl::OkStatus();
}

StatusOr<v1::Charter> Draft(const NewOptions& o) {
  v1::Charter charter;
  charter.set_format(1);
  charter.set_version(1);
  charter.set_origin(o.origin);
  charter.set_title(o.title);
  std::string founded = o.founded_at;
  if (founded.empty()) {
    founded = FormatTime(SystemClock().Now());
    founded = founded.substr(0, 19) + "Z";
  }
  charter.set_founded_at(founded);
  std::vector<v1::Member> members;
  for (const std::string& file : o.members) {
    ASSIGN_OR_RETURN(members.emplace_back(), ReadMemberFile(file));
  }
  std::sort(members.begin(), members.end(),
            [](const v1::Member& a, const v1::Member& b) { return a.name() < b.name(); });
  for (v1::Member& member : members) *charter.add_members() = std::move(member);
  for (const std::string& deadline : o.deadlines)
    RETURN_IF_ERROR(SetDeadline(deadline, charter.mutable_deadlines()));
  RETURN_IF_ERROR(SetTiming(o, charter.mutable_timing()));
  charter.mutable_case_rules()->set_verdict_without_verification(o.verdict_without_verification);
  return charter;
}

StatusOr<Result> New(const NewOptions& o) {
  RETURN_IF_ERROR(CheckOrigin(o.origin));
  ASSIGN_OR_RETURN(const v1::Charter draft, Draft(o));
  // The rules fill in the defaults, then the text is written with all of them and read again.
  ASSIGN_OR_RETURN(const rules::Charter filled, rules::Charter::ParseText(DraftText(draft)),
                   "charter draft");
  const std::string text = WriteCharter(filled.proto());
  ASSIGN_OR_RETURN(const rules::Charter charter, rules::Charter::ParseText(text), "charter");
  RETURN_IF_ERROR(WriteNewFile(o.out, text), "--out");
  Result r;
  r.data = CharterJson(charter);
  r.data["file"] = o.out;
  r.text = fmt::format(
      "Wrote the charter of {} members to {}\nfingerprint  {}\n\nRead it, edit it if you must, "
      "then send it to every member to sign.\n",
      charter.members().size(), o.out, FingerprintOf(AsBytes(text)));
  return r;
}

}  // namespace

void AddCharterNewCommand(Registry& registry, Command charter) {
  Command command = registry.Add(
      charter, "new", "Drafts a charter from the members' public parts",
      "  parley charter new --origin parley.example/istanbul-2025 --title 'Istanbul 2025' \\\n"
      "      --member north.member --member south.member --member mediator-a.member \\\n"
      "      --member mediator-b.member --deadline respond=48h --out charter.txt\n");
  auto o = std::make_shared<NewOptions>();
  command.AddOption("--origin", o->origin, "The accord's name").Required();
  command.AddOption("--title", o->title, "Title, for people").Required();
  command.AddOption("--member", o->members, "A member's .member file; repeat for each").Required();
  command.AddOption("--out", o->out, "Text file to write").Required();
  command.AddOption("--deadline", o->deadlines,
                    "NAME=DURATION, such as respond=48h; repeat for each");
  command.AddOption("--founded-at", o->founded_at, "RFC 3339 time, UTC (default: now)");
  command.AddOption("--heartbeat", o->heartbeat, "Cosign a quiet ledger again after (10m)");
  command.AddOption("--clock-skew-max", o->clock_skew, "A block may be this far ahead (5s)");
  command.AddOption("--clock-lag-max", o->clock_lag, "... or behind a voter's clock (1m)");
  command.AddOption("--rotation-pause", o->rotation_pause,
                    "A member changes its node's keys alone once in this time (1d)");
  command.AddFlag("--allow-verdict-without-verification", o->verdict_without_verification,
                  "Mediators may decide on accounts and comments alone");
  registry.Run(command, o, New);
}

}  // namespace parley::cli
