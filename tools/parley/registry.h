#pragma once

// How commands are put on the command line. A command is a plain function from its options to a
// Result; parsing only remembers which one to run.

#include <functional>
#include <memory>
#include <string>

#include "tools/parley/command.h"
#include "tools/parley/output.h"

namespace parley::cli {

class Registry {
 public:
  explicit Registry(Command app) : app_(app) {}
  // The program itself: the parent of the top commands.
  Command app() const { return app_; }

  Command Add(Command parent, const std::string& name, const std::string& description,
              const std::string& examples) {
    return parent.Add(name, description, examples);
  }

  // Runs fn(options) when `command` itself, not one of its subcommands, was given.
  template <class Options, class Fn>
  void Run(Command command, std::shared_ptr<Options> options, Fn fn) {
    command.OnGiven([this, options, fn] { selected_ = [options, fn] { return fn(*options); }; });
  }

  // Empty when nothing was selected.
  const std::function<StatusOr<Result>()>& selected() const { return selected_; }

 private:
  const Command app_;
  std::function<StatusOr<Result>()> selected_;
};

// One for each file cmd_*.cc.
void AddKeyCommands(Registry& registry);
void AddKeyInitCommand(Registry& registry, Command key);
void AddKeyCertificateCommands(Registry& registry, Command key);
void AddKeyEnrolCommands(Registry& registry, Command key);
void AddKeyRotateCommand(Registry& registry, Command key);
void AddCharterCommands(Registry& registry);
void AddCharterNewCommand(Registry& registry, Command charter);
void AddCharterChangeCommands(Registry& registry, Command charter);
void AddNodeCommands(Registry& registry);
void AddReportCommands(Registry& registry);
void AddActCommands(Registry& registry);
void AddVerdictCommands(Registry& registry);  // after AddActCommands: extends `appeal`
void AddVerdictEndorseCommand(Registry& registry, Command verdict);
void AddCaseCommands(Registry& registry);
void AddCaseCloseCommand(Registry& registry, Command cases);
void AddOutboxCommands(Registry& registry);
void AddReceiptCommands(Registry& registry);
void AddIntakeCommand(Registry& registry, Command receipt);
void AddCheckpointCommand(Registry& registry);
void AddStatusCommands(Registry& registry);
void AddArchiveCommands(Registry& registry);
void AddEvidenceCommand(Registry& registry, Command audit);
void AddImportCommand(Registry& registry);
void AddBenchCommand(Registry& registry);

}  // namespace parley::cli
