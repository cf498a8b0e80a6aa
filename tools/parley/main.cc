// parley: the command line for officers, heads of delegation and auditors. docs/cli.md.

#include <google/protobuf/stubs/logging.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <string_view>

#include "crypto/sign.h"
#include "node/rpc/channel.h"
#include "tools/parley/output.h"
#include "tools/parley/registry.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

constexpr const char* kVersion = "0.1.0";

Result Version() { return {{{"version", kVersion}}, fmt::format("parley {}\n", kVersion)}; }

constexpr const char* kAbout =
    "Parley: a ledger that hostile parties keep together.\n"
    "Results go to standard output; --json prints exactly one JSON object.\n"
    "Exit codes: 0 fine, 1 verification failed, 2 usage or bad input, 3 unavailable, 4 internal.";

void AddVersionCommand(Registry& registry) {
  const Command command = registry.Add(
      registry.app(), "version", "Prints the version of this program", "  parley version --json");
  struct None {};
  registry.Run(command, std::make_shared<None>(),
               [](const None&) -> StatusOr<Result> { return Version(); });
}

void AddCommands(Registry& registry) {
  AddKeyCommands(registry);
  AddCharterCommands(registry);
  AddNodeCommands(registry);
  AddReportCommands(registry);
  AddActCommands(registry);
  AddVerdictCommands(registry);
  AddCaseCommands(registry);
  AddOutboxCommands(registry);
  AddReceiptCommands(registry);
  AddCheckpointCommand(registry);
  AddStatusCommands(registry);
  AddArchiveCommands(registry);
  AddImportCommand(registry);
  AddBenchCommand(registry);
  AddVersionCommand(registry);
}

// The flag even when the line does not parse: an error must come out as JSON too.
bool WantsJson(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--json") return true;
  }
  return false;
}

// "--officer anna omar" must not take two names: each flag has one value, and is repeated.
void OneValuePerFlag(CLI::App* app) {
  for (CLI::Option* option : app->get_options()) {
    if (option->get_expected_max() > 1 && !option->get_positional())
      option->allow_extra_args(false);
  }
  for (CLI::App* sub : app->get_subcommands([](CLI::App*) { return true; })) OneValuePerFlag(sub);
}

// Every word is text. It may be about to be signed, so nothing else is let in, and the flag that it
// belongs to is named.
Status CheckWords(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const std::string_view before = argv[i - 1];
    std::string field = fmt::format("argument {}", i);
    if (word.starts_with("--") && word.find('=') != std::string_view::npos) {
      field = Printable(word.substr(0, word.find('=')));
    } else if (i > 1 && before.starts_with("--")) {
      field = Printable(before);
    }
    RETURN_IF_ERROR(CheckUtf8(word, field));
  }
  return absl::OkStatus();
}

// Names the first word that is no command where one is wanted; the library only says that one is
// missing. Flags of groups take no values, so the walk needs to know nothing of flags.
Status CheckCommand(CLI::App* app, int argc, char** argv) {
  std::string so_far = "parley";
  for (int i = 1; i < argc && app->get_require_subcommand_min() > 0; ++i) {
    const std::string_view word = argv[i];
    if (word.starts_with("-")) continue;
    const auto all = app->get_subcommands([](CLI::App*) { return true; });
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const CLI::App* sub) { return sub->get_name() == word; });
    CLI::App* const next = found == all.end() ? nullptr : *found;
    if (next == nullptr) {
      std::string known;
      for (const CLI::App* sub : all) known += (known.empty() ? "" : ", ") + sub->get_name();
      return InvalidArgument(fmt::format("no command '{} {}'; there are {} (see {} --help)", so_far,
                                         Printable(word), known, so_far));
    }
    so_far += fmt::format(" {}", word);
    app = next;
  }
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  CLI::App app(kAbout, "parley");
  bool json = false;
  app.fallthrough();
  app.require_subcommand(1);
  app.add_flag("--json", json, "Print one JSON object");
  Registry registry{Command(&app)};
  AddCommands(registry);
  OneValuePerFlag(&app);
  app.set_version_flag("--version", kVersion, "Print the version of this program");
  Status words = CheckWords(argc, argv);
  if (words.ok()) words = CheckCommand(&app, argc, argv);
  if (!words.ok()) return Print(words, WantsJson(argc, argv));
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForVersion&) {
    return Print(Version(), WantsJson(argc, argv));
  } catch (const CLI::Success& e) {  // --help
    app.exit(e);
    return 0;
  } catch (const CLI::ParseError& e) {
    return Print(InvalidArgument(fmt::format("{} (see --help)", e.what())), WantsJson(argc, argv));
  }
  if (!registry.selected()) return Print(InvalidArgument("no command given (see --help)"), json);
  InitCrypto();
  rpc::KeepGrpcQuiet();
  google::protobuf::SetLogHandler(nullptr);  // our own errors say what was wrong with foreign bytes
  return Print(registry.selected()(), json);
}

}  // namespace
}  // namespace parley::cli

int main(int argc, char** argv) { return parley::cli::Main(argc, argv); }
