#include "tools/parley/charter_draft.h"

#include <google/protobuf/text_format.h>

#include "base/limits.h"
#include "crypto/sign.h"
#include "tools/parley/files.h"
#include "tools/parley/quantity.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

std::string PrintProto(const google::protobuf::Message& message, bool one_line) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseUtf8StringEscaping(true);
  printer.SetSingleLineMode(one_line);
  printer.SetInitialIndentLevel(one_line ? 0 : 1);
  std::string out;
  printer.PrintToString(message, &out);
  return out;
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

}  // namespace

std::string DraftText(const v1::Charter& charter) {
  return PrintProto(charter, /*one_line=*/false);
}

std::string WriteCharter(const v1::Charter& c) {
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

StatusOr<v1::Member> ReadMemberFile(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text,
                   ReadInput(path, limits::kCharterNoteBytesMax, "member file"));
  v1::Member member;
  RETURN_IF_ERROR(ParseTextProto(text, path, &member));
  return member;
}

}  // namespace parley::cli
