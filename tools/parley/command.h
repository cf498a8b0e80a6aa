#pragma once

// How commands and their options are put on the command line. A face of the command-line library
// that only command.cc and main.cc compile: a file that includes the library takes four seconds
// longer, and there is one for each group of commands.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace parley::cli {

// An option of a command. A handle: copied freely, valid as long as the program's command line.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}
  // The command is refused without it.
  Option Required(bool required = true) const;
  // Takes so many values each time that it is given.
  Option Expected(int values) const;
  bool given() const;

 private:
  CLI::Option* option_;  // borrowed
};

// A command, or a group of commands. A handle like Option.
class Command {
 public:
  explicit Command(CLI::App* app) : app_(app) {}

  // A command or group inside this one; examples are whole command lines, shown under --help.
  Command Add(const std::string& name, const std::string& description,
              const std::string& examples) const;
  Command GetSubcommand(const std::string& name) const;
  // This is a group: one of its commands has to follow.
  void RequireSubcommand() const;
  // Calls fn when this command itself, not one of its subcommands, was given.
  void OnGiven(std::function<void()> fn) const;

  // `name` is "--flag VALUE"'s flag, or a bare word for an argument without one. The value is
  // written when the line is parsed and keeps its default when the option is not given. A list
  // collects the values of an option that is repeated.
  Option AddOption(const std::string& name, std::string& value, const std::string& help) const;
  Option AddOption(const std::string& name, std::vector<std::string>& values,
                   const std::string& help) const;
  Option AddOption(const std::string& name, int& value, const std::string& help) const;
  Option AddOption(const std::string& name, uint32_t& value, const std::string& help) const;
  Option AddOption(const std::string& name, uint64_t& value, const std::string& help) const;
  void AddFlag(const std::string& name, bool& value, const std::string& help) const;
  // A flag that says what happens anyway, for scripts that want to be explicit.
  void AddDefaultFlag(const std::string& name, const std::string& help) const;

  Option GetOption(const std::string& name) const;
  void RemoveOption(const std::string& name) const;

 private:
  CLI::App* app_;  // borrowed
};

}  // namespace parley::cli
