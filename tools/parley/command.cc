// The one source of the commands that knows the command-line library.

#include "tools/parley/command.h"

#include <CLI/CLI.hpp>
#include <utility>

namespace parley::cli {

Option Option::Required(bool required) const { return Option(option_->required(required)); }

Option Option::Expected(int values) const { return Option(option_->expected(values)); }

bool Option::given() const { return option_->count() > 0; }

Command Command::Add(const std::string& name, const std::string& description,
                     const std::string& examples) const {
  CLI::App* const command = app_->add_subcommand(name, description);
  if (!examples.empty()) command->footer("Examples:\n" + examples);
  return Command(command);
}

Command Command::GetSubcommand(const std::string& name) const {
  return Command(app_->get_subcommand(name));
}

void Command::RequireSubcommand() const { app_->require_subcommand(1); }

void Command::OnGiven(std::function<void()> fn) const {
  app_->callback([app = app_, fn = std::move(fn)] {
    if (app->get_subcommands().empty()) fn();
  });
}

Option Command::AddOption(const std::string& name, std::string& value,
                          const std::string& help) const {
  return Option(app_->add_option(name, value, help));
}

Option Command::AddOption(const std::string& name, std::vector<std::string>& values,
                          const std::string& help) const {
  return Option(app_->add_option(name, values, help));
}

Option Command::AddOption(const std::string& name, int& value, const std::string& help) const {
  return Option(app_->add_option(name, value, help));
}

Option Command::AddOption(const std::string& name, uint32_t& value, const std::string& help) const {
  return Option(app_->add_option(name, value, help));
}

Option Command::AddOption(const std::string& name, uint64_t& value, const std::string& help) const {
  return Option(app_->add_option(name, value, help));
}

void Command::AddFlag(const std::string& name, bool& value, const std::string& help) const {
  app_->add_flag(name, value, help);
}

void Command::AddDefaultFlag(const std::string& name, const std::string& help) const {
  app_->add_flag_callback(
      name, [] {}, help);
}

Option Command::GetOption(const std::string& name) const { return Option(app_->get_option(name)); }

void Command::RemoveOption(const std::string& name) const {
  app_->remove_option(app_->get_option(name));
}

}  // namespace parley::cli
