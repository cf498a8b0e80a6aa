// parley charter new: drafts the text that every member will sign.

#include <google/protobuf/text_format.h>

#include <algorithm>

#include "base/limits.h"
#include "ledger/rules/charter.h"
#include "tools/parley/charter_file.h"
#include "tools/parley/files.h"
#include "tools/parley/keys.h"
#include "tools/parley/quantity.h"
#include "tools/parley/registry.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

struct NewOptions {
  std::string origin, title, out, founded_at, heartbeat, clock_skew, clock_lag;
  std::vector<std::string> members, deadlines;
  bool verdict_without_verification = false;
};

std::string PrintProto(const google::protobuf::Message& message, bool one_line) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseUtf8StringEscaping(true);
  printer.SetSingleLineMode(one_line);
  printer.SetInitialIndentLevel(one_line ? 0 : 1);
  std::string out;
  printer.PrintToString(message, &out);
  return out;
}

Status SetDeadline(const std::string& text, v1::Deadlines* out) {
  const size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  const auto* field = v1::Deadlines::descriptor()->FindFieldByName(name + "_s");
  if (equals == std::string::npos || field == nullptr) {
    std::string known;
    for (int i = 0; i < v1::Deadlines::descriptor()->field_count(); ++i) {
      const std::string full = v1::Deadlines::descriptor()->field(i)->name();
      known += (i == 0 ? "" : ", ") + full.substr(0, full.size() - 2);
    }
    return InvalidArgument(
        fmt::format("--deadline '{}': want NAME=DURATION with one of {}", Printable(text), known));
  }
  ASSIGN_OR_RETURN(const std::chrono::milliseconds value, ParseDuration(text.substr(equals + 1)),
                   "--deadline {}", name);
  if (value.count() % 1000 != 0)
    return InvalidArgument(fmt::format("--deadline '{}': want whole seconds", text));
  out->GetReflection()->SetUInt64(out, field, static_cast<uint64_t>(value.count() / 1000));
  return absl::OkStatus();
}

Status SetMs(const std::string& text, const char* flag, uint64_t* out) {
  if (text.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::chrono::milliseconds value, ParseDuration(text), "{}", flag);
  *out = static_cast<uint64_t>(value.count());
  return absl::OkStatus();
}

Status SetTiming(const NewOptions& o, v1::Timing* out) {
  uint64_t heartbeat = 0, skew = 0, lag = 0;
  RETURN_IF_ERROR(SetMs(o.heartbeat, "--heartbeat", &heartbeat));
  RETURN_IF_ERROR(SetMs(o.clock_skew, "--clock-skew-max", &skew));
  RETURN_IF_ERROR(SetMs(o.clock_lag, "--clock-lag-max", &lag));
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
    ASSIGN_OR_RETURN(const std::string text,
                     ReadInput(file, limits::kCharterNoteBytesMax, "member file"));
    v1::Member member;
    RETURN_IF_ERROR(ParseTextProto(text, file, &member));
    members.push_back(std::move(member));
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

std::string MemberText(const v1::Member& member) {
  std::string fingerprint = "?";
  if (const auto key = PublicKey::FromHex(member.root_key()); key.ok())
    fingerprint = FingerprintOf(*key);
  return fmt::format("# {} - root key {}\nmembers {{\n{}}}\n\n", Printable(member.name()),
                     fingerprint, PrintProto(member, /*one_line=*/false));
}

std::string DeadlinesText(const v1::Deadlines& deadlines) {
  std::string out = "deadlines {\n";
  for (int i = 0; i < v1::Deadlines::descriptor()->field_count(); ++i) {
    const auto* field = v1::Deadlines::descriptor()->field(i);
    const uint64_t s = deadlines.GetReflection()->GetUInt64(deadlines, field);
    out += fmt::format("  {}: {}  # {}\n", field->name(), s,
                       FormatDuration(std::chrono::milliseconds(s * 1000)));
  }
  return out + "}\n";
}

// Every default is written out: whoever signs reads what they sign.
std::string Write(const v1::Charter& c) {
  std::string out = fmt::format(
      "# The charter of {0}. Every member signs this very text, to the last byte, with its root\n"
      "# key: after the first signature not even a blank may change. Lines that start with '#' "
      "are\n"
      "# remarks; they are signed too. 'parley charter show' tells in words what it means.\n\n"
      "format: 1\norigin: {1}\nversion: {2}\ntitle: {3}\n"
      "# Ledger time of the first entry.\nfounded_at: {4}\n\n",
      Printable(c.origin()), QuoteTextProto(c.origin()), c.version(), QuoteTextProto(c.title()),
      QuoteTextProto(c.founded_at()));
  out +=
      "# The members, sorted by name, each with a root key (signs charters), a node key (votes),\n"
      "# a cosigner key (cosigns checkpoints) and the certificate of its own CA.\n\n";
  for (const v1::Member& member : c.members()) out += MemberText(member);
  out +=
      "# Who must consent to what. k counts distinct members; k: 0 or absent means all of the "
      "role.\npolicies {\n" +
      PrintProto(c.policies(), false) + "}\n\n";
  out +=
      "# Seconds. A deadline that passes is put on record by every node, with nobody's "
      "consent.\n" +
      DeadlinesText(c.deadlines()) + "\n";
  out +=
      "# Milliseconds: how far a block's time may be ahead of or behind a voter's clock, and "
      "after how\n# long a quiet ledger is cosigned again.\ntiming {\n" +
      PrintProto(c.timing(), false) + "}\n\n";
  out += "# Kinds of incident.\n";
  for (const v1::EventType& type : c.catalogue()) {
    std::string line = PrintProto(type, /*one_line=*/true);
    while (line.ends_with(' ')) line.pop_back();
    out += fmt::format("catalogue {{ {} }}\n", line);
  }
  out += fmt::format(
      "\n# Whether mediators may propose a verdict on accounts and comments alone.\n"
      "case_rules {{ verdict_without_verification: {} }}\n",
      c.case_rules().verdict_without_verification());
  return out;
}

StatusOr<Result> New(const NewOptions& o) {
  RETURN_IF_ERROR(CheckOrigin(o.origin));
  ASSIGN_OR_RETURN(const v1::Charter draft, Draft(o));
  // The rules fill in the defaults, then the text is written with all of them and read again.
  ASSIGN_OR_RETURN(const rules::Charter filled,
                   rules::Charter::ParseText(PrintProto(draft, /*one_line=*/false)),
                   "charter draft");
  const std::string text = Write(filled.proto());
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

void AddCharterNewCommand(Registry& registry, CLI::App* charter) {
  CLI::App* command = registry.Add(
      charter, "new", "Drafts a charter from the members' public parts",
      "  parley charter new --origin parley.example/istanbul-2025 --title 'Istanbul 2025' \\\n"
      "      --member north.member --member south.member --member mediator-a.member \\\n"
      "      --member mediator-b.member --deadline respond=48h --out charter.txt\n");
  auto o = std::make_shared<NewOptions>();
  command->add_option("--origin", o->origin, "The accord's name")->required();
  command->add_option("--title", o->title, "Title, for people")->required();
  command->add_option("--member", o->members, "A member's .member file; repeat for each")
      ->required();
  command->add_option("--out", o->out, "Text file to write")->required();
  command->add_option("--deadline", o->deadlines,
                      "NAME=DURATION, such as respond=48h; repeat for each");
  command->add_option("--founded-at", o->founded_at, "RFC 3339 time, UTC (default: now)");
  command->add_option("--heartbeat", o->heartbeat, "Cosign a quiet ledger again after (10m)");
  command->add_option("--clock-skew-max", o->clock_skew, "A block may be this far ahead (5s)");
  command->add_option("--clock-lag-max", o->clock_lag, "... or behind a voter's clock (1m)");
  command->add_flag("--allow-verdict-without-verification", o->verdict_without_verification,
                    "Mediators may decide on accounts and comments alone");
  registry.Run(command, o, New);
}

}  // namespace parley::cli
