#pragma once

// How commands are put on the command line. A command is a plain function from its options to a
// Result; parsing only remembers which one to run.

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "tools/parley/output.h"

namespace parley::cli {

class Registry {
 public:
  explicit Registry(CLI::App* app) : app_(app) {}
  CLI::App* app() { return app_; }

  // A group or command under `parent`; examples are whole command lines, shown under --help.
  CLI::App* Add(CLI::App* parent, const std::string& name, const std::string& description,
                const std::string& examples) {
    CLI::App* command = parent->add_subcommand(name, description);
    if (!examples.empty()) command->footer("Examples:\n" + examples);
    return command;
  }

  // Runs fn(options) when `command` itself, not one of its subcommands, was given.
  template <class Options, class Fn>
  void Run(CLI::App* command, std::shared_ptr<Options> options, Fn fn) {
    command->callback([this, command, options, fn] {
      if (command->get_subcommands().empty()) selected_ = [options, fn] { return fn(*options); };
    });
  }

  // Empty when nothing was selected.
  const std::function<StatusOr<Result>()>& selected() const { return selected_; }

 private:
  CLI::App* const app_;  // borrowed
  std::function<StatusOr<Result>()> selected_;
};

// One for each file cmd_*.cc.
void AddKeyCommands(Registry& registry);
void AddKeyInitCommand(Registry& registry, CLI::App* key);
void AddKeyCertificateCommands(Registry& registry, CLI::App* key);
void AddKeyEnrolCommands(Registry& registry, CLI::App* key);
void AddKeyRotateCommand(Registry& registry, CLI::App* key);
void AddCharterCommands(Registry& registry);
void AddCharterNewCommand(Registry& registry, CLI::App* charter);
void AddCharterChangeCommands(Registry& registry, CLI::App* charter);
void AddNodeCommands(Registry& registry);
void AddReportCommands(Registry& registry);
void AddActCommands(Registry& registry);
void AddVerdictCommands(Registry& registry);  // after AddActCommands: extends `appeal`
void AddVerdictEndorseCommand(Registry& registry, CLI::App* verdict);
void AddCaseCommands(Registry& registry);
void AddCaseCloseCommand(Registry& registry, CLI::App* cases);
void AddOutboxCommands(Registry& registry);
void AddReceiptCommands(Registry& registry);
void AddIntakeCommand(Registry& registry, CLI::App* receipt);
void AddCheckpointCommand(Registry& registry);
void AddStatusCommands(Registry& registry);
void AddArchiveCommands(Registry& registry);
void AddEvidenceCommand(Registry& registry, CLI::App* audit);
void AddImportCommand(Registry& registry);
void AddBenchCommand(Registry& registry);

}  // namespace parley::cli
