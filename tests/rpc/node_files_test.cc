// What parleyd finds out about its files before it starts.

#include "node/config/node_files.h"

#include <sys/stat.h>

#include "crypto/private_file.h"
#include "tests/rpc/node_folder.h"

namespace parley::rpc::testing {
namespace {

using absl::StatusCode;
using parley::testing::IsOk;
using parley::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class NodeFilesTest : public ::testing::Test {
 protected:
  NodeConfig Config() const {
    auto config = LoadNodeConfig(folder_.path("north.conf"));
    EXPECT_OK(config);
    return *std::move(config);
  }
  NodeFiles Check() const { return CheckNodeFiles(Config(), SystemClock().Now()); }

  TestAccord accord_;
  NodeFolder folder_{accord_};
};

TEST_F(NodeFilesTest, GoodFolderHasNoProblems) {
  const NodeFiles files = Check();
  EXPECT_THAT(files.problems, IsEmpty());
  EXPECT_THAT(files.warnings, IsEmpty());
  EXPECT_THAT(files.facts, SizeIs(5));
  ASSERT_TRUE(files.charter.has_value());
  EXPECT_EQ(files.charter->ledger_id(), accord_.charter().ledger_id());
  ASSERT_OK_AND_ASSIGN(const NodeSecrets secrets, UnlockNodeKeys(Config()));
  EXPECT_EQ(secrets.node.at(0).public_key(), KeyOf("north/node").public_key());
}

TEST_F(NodeFilesTest, WithoutCharterNothingElseIsJudged) {
  folder_.Write("charter.note", accord_.charter().text());  // nobody signed it
  EXPECT_THAT(Check().problems, ElementsAre(HasSubstr("charter: ")));
  folder_.Write("charter.note", "");
  EXPECT_THAT(Check().problems, SizeIs(1));
  std::filesystem::remove(folder_.path("charter.note"));
  EXPECT_THAT(Check().problems, ElementsAre(HasSubstr("there is no such file")));
  EXPECT_FALSE(Check().charter.has_value());
}

TEST_F(NodeFilesTest, AllProblemsAreNamedTogether) {
  folder_.WriteKey("node.key", KeyPurpose::kNode, "north", KeyOf("another"));
  folder_.WriteKey("cosigner.key", KeyPurpose::kNode, "north", KeyOf("north/cosigner"));
  folder_.Write("tls.pem", accord_.Issue("south", Role::kNode, "n1").certificate_pem);
  std::string config = NodeFolder::Config("127.0.0.1:0");
  config.replace(config.find("\"peace\""), 7, "\"east\"");
  folder_.Write("north.conf", config);
  EXPECT_THAT(Check().problems,
              ElementsAre(HasSubstr("'peace' is missing"), HasSubstr("want a cosigner key"),
                          HasSubstr("want a node of north")));
  // These may be of a charter that is on the ledger and not in the files.
  EXPECT_THAT(Check().warnings,
              ElementsAre(HasSubstr("'east' is no member"), HasSubstr("node_key: none"),
                          HasSubstr("cosigner_key: none")));
}

TEST_F(NodeFilesTest, TlsKeyMustBeTheCertificates) {
  folder_.WriteKey("tls.key", KeyPurpose::kTls, "north/n1", KeyOf("another"));
  EXPECT_THAT(Check().problems, ElementsAre(HasSubstr("tls_key: ")));
}

TEST_F(NodeFilesTest, CertificatesOfOtherRolesOrCasAreRefused) {
  folder_.Write("tls.pem", accord_.Issue("north", Role::kOfficer, "anna").certificate_pem);
  EXPECT_THAT(Check().problems, ElementsAre(HasSubstr("want a node of north")));
  folder_.Write("tls.pem", accord_.Forge("south", "north", Role::kNode, "n1").certificate_pem);
  EXPECT_THAT(Check().problems, ElementsAre(HasSubstr("does not vouch")));
  folder_.Write("tls.pem", accord_.Issue("north", Role::kNode, "n1", -1).certificate_pem);
  EXPECT_THAT(Check().problems, ElementsAre(HasSubstr("expired")));
  folder_.Write("tls.pem", "not PEM");
  EXPECT_THAT(Check().problems, ElementsAre(HasSubstr("tls_certificate: ")));
}

TEST_F(NodeFilesTest, WarnsOfACertificateThatEndsWithin90Days) {
  folder_.Write("tls.pem", accord_.Issue("north", Role::kNode, "n1", 89).certificate_pem);
  EXPECT_THAT(Check().problems, IsEmpty());
  EXPECT_THAT(Check().warnings, ElementsAre(HasSubstr("TLS certificate ends at")));
}

TEST_F(NodeFilesTest, KeyFileThatOthersCanReadIsRefused) {
  ASSERT_EQ(::chmod(folder_.path("node.key").c_str(), 0644), 0);
  EXPECT_THAT(Check().problems, ElementsAre(HasSubstr("chmod")));
}

TEST_F(NodeFilesTest, WrongPassphraseOpensNothing) {
  std::filesystem::remove(folder_.path("passphrase"));
  EXPECT_THAT(UnlockNodeKeys(Config()), StatusIs(StatusCode::kNotFound, HasSubstr("passphrase")));
  ASSERT_OK(WritePrivateFile(folder_.path("passphrase"), "wrong"));
  EXPECT_THAT(UnlockNodeKeys(Config()),
              StatusIs(StatusCode::kUnauthenticated, HasSubstr("node_key")));
}

TEST_F(NodeFilesTest, DataDirIsCheckedWithoutMakingIt) {
  const auto dir = folder_.path("deep") / "data";
  EXPECT_THAT(CheckDataDir(dir), IsOk());
  EXPECT_FALSE(std::filesystem::exists(folder_.path("deep")));
  ASSERT_OK(PrepareDataDir(dir));
  EXPECT_THAT(CheckDataDir(dir), IsOk());
  ASSERT_EQ(::chmod(dir.c_str(), 0755), 0);
  EXPECT_THAT(CheckDataDir(dir), StatusIs(StatusCode::kPermissionDenied, HasSubstr("chmod 700")));
  for (const char* const where : {"tls.pem", "tls.pem/data", "tls.pem/deep/data"})
    EXPECT_THAT(CheckDataDir(folder_.path(where)),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr("not a directory")))
        << where;
  std::filesystem::create_symlink("nowhere", folder_.path("link"));
  EXPECT_THAT(CheckDataDir(folder_.path("link")), StatusIs(StatusCode::kInvalidArgument));
}

TEST_F(NodeFilesTest, DataDirIsPrivate) {
  const auto dir = folder_.path("deep") / "data";
  EXPECT_THAT(PrepareDataDir(dir), IsOk());
  EXPECT_THAT(PrepareDataDir(dir), IsOk());  // there already
  EXPECT_EQ(std::filesystem::status(dir).permissions(), std::filesystem::perms::owner_all);
  ASSERT_EQ(::chmod(dir.c_str(), 0755), 0);
  EXPECT_THAT(PrepareDataDir(dir), StatusIs(StatusCode::kPermissionDenied, HasSubstr("chmod 700")));
  EXPECT_THAT(PrepareDataDir(folder_.path("tls.pem")), StatusIs(StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace parley::rpc::testing
