// The real parleyd as a process: its exit codes, its address file, how it stops.

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "tests/rpc/node_folder.h"
#include "tests/rpc/test_node.h"
#include "tests/support/places.h"

namespace parley::rpc::testing {
namespace {

using parley::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;

// One parleyd; killed when the test ends, if it still runs.
class Process {
 public:
  Process(const NodeFolder& folder, std::vector<std::string> args) {
    const std::string log = folder.path("log");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, folder.path("out").c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const std::string program = parley::testing::BuiltProgram("parleyd");
    args.insert(args.begin(), "parleyd");
    std::vector<char*> argv;
    for (std::string& arg : args) argv.push_back(arg.data());
    argv.push_back(nullptr);
    EXPECT_EQ(::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
  }
  ~Process() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Signal(int signal) const { ::kill(pid_, signal); }
  // The exit code; minus the signal that ended it.
  int Wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_ = 0;
};

class ParleydTest : public ::testing::Test {
 protected:
  std::vector<std::string> Args() const { return {"--config", folder_.path("north.conf")}; }
  int Run(std::vector<std::string> args) { return Process(folder_, std::move(args)).Wait(); }
  // Waits for the address file of a node that is starting.
  std::string Address() const {
    for (int i = 0; i < 400; ++i) {
      const std::string text = folder_.Read("address");
      if (!text.empty()) return text.substr(0, text.size() - 1);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ADD_FAILURE() << "no address file; log:\n" << folder_.Read("log");
    return "127.0.0.1:9";
  }
  std::string log() const { return folder_.Read("log"); }

  TestAccord accord_;
  NodeFolder folder_{accord_};
};

TEST_F(ParleydTest, ServesUntilSigtermAndComesBackWithItsLedger) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Process node(folder_, Args());
    const auto client =
        ClientOf(accord_, Address(), "north", accord_.Issue("north", Role::kOfficer, "anna"));
    const auto status = client->GetStatus();
    ASSERT_THAT(status, IsOk()) << log();
    EXPECT_EQ(status->size(), 1U);  // genesis: the others are not there
    EXPECT_EQ(status->member(), "north");
    node.Signal(signal);
    EXPECT_EQ(node.Wait(), 0) << log();
    EXPECT_EQ(folder_.Read("address"), "");
    EXPECT_THAT(log(), HasSubstr("event=node.serving member=north"));
    EXPECT_THAT(log(), HasSubstr("event=node.stopped exit_code=0"));
    EXPECT_THAT(log(), Not(HasSubstr("for tests only")));  // the passphrase
  }
}

TEST_F(ParleydTest, DatabaseInUseIsExitCode3) {
  const Process node(folder_, Args());
  Address();
  EXPECT_EQ(Run(Args()), 3) << log();
  EXPECT_THAT(log(), HasSubstr("where=database"));
}

TEST_F(ParleydTest, PortInUseIsExitCode3) {
  const Process node(folder_, Args());
  std::string config = NodeFolder::Config(Address());
  config.replace(config.find("\"data\""), 6, "\"data2\"");
  folder_.Write("north.conf", config);
  EXPECT_EQ(Run(Args()), 3) << log();
  EXPECT_THAT(log(), HasSubstr("where=listen"));
}

TEST_F(ParleydTest, BadConfigurationIsExitCode2) {
  EXPECT_EQ(Run({}), 2);
  EXPECT_EQ(Run({"--config", folder_.path("none")}), 2);
  EXPECT_EQ(Run({"--no-such-flag"}), 2);
  folder_.Write("passphrase", "wrong");
  EXPECT_EQ(Run(Args()), 2);
  EXPECT_THAT(log(), HasSubstr("node_key"));
  folder_.Write("north.conf", "member: 7");
  EXPECT_EQ(Run(Args()), 2);
  EXPECT_THAT(log(), HasSubstr("north.conf:1:9: "));
}

TEST_F(ParleydTest, DatabaseOfAnotherMemberIsExitCode2) {
  {
    Process node(folder_, Args());
    Address();
    node.Signal(SIGTERM);
    ASSERT_EQ(node.Wait(), 0);
  }
  const Person south = accord_.Issue("south", Role::kNode, "n1");
  folder_.WriteKey("node.key", KeyPurpose::kNode, "south", KeyOf("south/node"));
  folder_.WriteKey("cosigner.key", KeyPurpose::kCosigner, "south", KeyOf("south/cosigner"));
  folder_.WriteKey("tls.key", KeyPurpose::kTls, "south/n1", south.key);
  folder_.Write("tls.pem", south.certificate_pem);
  std::string config = NodeFolder::Config("127.0.0.1:0");
  config.replace(config.find("member: \"north\""), 15, "member: \"south\"");
  config.replace(config.rfind("\"south\""), 7, "\"north\"");
  folder_.Write("north.conf", config);
  EXPECT_EQ(Run(Args()), 2) << log();
  EXPECT_THAT(log(), HasSubstr("belongs to member"));
}

// What would stop the next start is said now.
TEST_F(ParleydTest, CheckConfigOpensTheKeysAndLooksAtTheDataDir) {
  const std::vector<std::string> check = {"--config", folder_.path("north.conf"), "--check-config"};
  const std::string good = folder_.Read("passphrase");
  folder_.Write("data", "a file");
  EXPECT_EQ(Run(check), 2);
  EXPECT_THAT(log(), HasSubstr("data_dir"));
  std::filesystem::remove(folder_.path("data"));
  folder_.Write("passphrase", "another passphrase");
  EXPECT_EQ(Run(check), 2);
  EXPECT_THAT(log(), HasSubstr("wrong passphrase"));
  std::filesystem::remove(folder_.path("passphrase"));
  EXPECT_EQ(Run(check), 2);
  EXPECT_THAT(log(), HasSubstr("passphrase"));
  ASSERT_OK(WritePrivateFile(folder_.path("passphrase"), good));
  EXPECT_EQ(Run(check), 0) << log();
  EXPECT_THAT(folder_.Read("out"), HasSubstr("it opens every key"));
}

TEST_F(ParleydTest, CheckConfigStartsNothing) {
  EXPECT_EQ(Run({"--config", folder_.path("north.conf"), "--check-config"}), 0) << log();
  EXPECT_THAT(folder_.Read("out"), HasSubstr("view_timeout_ms: 1000"));
  EXPECT_THAT(folder_.Read("out"), HasSubstr("The configuration is good."));
  EXPECT_FALSE(std::filesystem::exists(folder_.path("data")));
  folder_.Write("tls.pem", "x");
  EXPECT_EQ(Run({"--config", folder_.path("north.conf"), "--check-config"}), 2);
  EXPECT_EQ(Run({"--version"}), 0);
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_THAT(folder_.Read("out"), HasSubstr("Exit codes"));
}

}  // namespace
}  // namespace parley::rpc::testing
