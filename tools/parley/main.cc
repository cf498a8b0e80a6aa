// parley: the command line for officers, heads of delegation and auditors. docs/cli.md.

#include <string>
#include <string_view>

#include "crypto/sign.h"
#include "tools/parley/output.h"
#include "tools/parley/registry.h"

namespace parley::cli {
namespace {

constexpr const char* kVersion = "0.1.0";
constexpr const char* kAbout =
    "Parley: a ledger that hostile parties keep together.\n"
    "Results go to standard output; --json prints exactly one JSON object.\n"
    "Exit codes: 0 fine, 1 verification failed, 2 usage or bad input, 3 unavailable, 4 internal.";

void AddVersionCommand(Registry& registry) {
  CLI::App* command = registry.Add(registry.app(), "version", "Prints the version of this program",
                                   "  parley version --json");
  struct None {};
  registry.Run(command, std::make_shared<None>(), [](const None&) -> StatusOr<Result> {
    return Result{{{"version", kVersion}}, fmt::format("parley {}\n", kVersion)};
  });
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

int Main(int argc, char** argv) {
  CLI::App app(kAbout, "parley");
  bool json = false;
  app.fallthrough();
  app.require_subcommand(1);
  app.add_flag("--json", json, "Print one JSON object");
  Registry registry(&app);
  AddCommands(registry);
  OneValuePerFlag(&app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {  // --help
    app.exit(e);
    return 0;
  } catch (const CLI::ParseError& e) {
    return Print(InvalidArgument(fmt::format("{} (see --help)", e.what())), WantsJson(argc, argv));
  }
  if (!registry.selected()) return Print(InvalidArgument("no command given (see --help)"), json);
  InitCrypto();
  return Print(registry.selected()(), json);
}

}  // namespace
}  // namespace parley::cli

int main(int argc, char** argv) { return parley::cli::Main(argc, argv); }
