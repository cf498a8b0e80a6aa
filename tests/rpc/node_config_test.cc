#include "node/config/node_config.h"

#include <fstream>

#include "base/limits.h"
#include "node/config/address.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace parley {
namespace {

using parley::testing::IsOk;
using parley::testing::StatusIs;
using ::testing::HasSubstr;

constexpr const char* kGood =
    "charter: \"charter.note\"\n"
    "member: \"north\"\n"
    "data_dir: \"data\"\n"
    "listen: \"127.0.0.1:0\"\n"
    "node_key: \"node.key\"\n"
    "cosigner_key: \"cosigner.key\"\n"
    "tls_key: \"/keys/tls.key\"\n"
    "tls_certificate: \"tls.pem\"\n"
    "peers { member: \"south\" address: \"south.example:7401\" }\n";

TEST(NodeConfigTest, GoodOneHasDefaultsAndPathsBesideIt) {
  ASSERT_OK_AND_ASSIGN(const NodeConfig c, ParseNodeConfig(kGood, "n.conf", "/etc/parley"));
  EXPECT_EQ(c.charter, "/etc/parley/charter.note");
  EXPECT_EQ(c.tls_key, "/keys/tls.key");
  EXPECT_EQ(c.member, "north");
  EXPECT_EQ(c.listen, "127.0.0.1:0");
  EXPECT_EQ(c.log_level, "info");
  EXPECT_EQ(c.view_timeout_ms, 1'000U);
  EXPECT_FALSE(c.passphrase_file.has_value());
  EXPECT_FALSE(c.address_file.has_value());
  ASSERT_EQ(c.peers.size(), 1U);
  EXPECT_EQ(c.peers[0].member, "south");
  EXPECT_THAT(DescribeNodeConfig(c), HasSubstr("peer south: south.example:7401\n"));
  EXPECT_THAT(DescribeNodeConfig(c), HasSubstr("log_level: info\n"));
}

struct BadCase {
  const char* name;
  const char* replace;  // in kGood; empty: append
  const char* by;
  const char* error;  // part of the message
};
class BadNodeConfigTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadNodeConfigTest, IsRefusedWithItsPlace) {
  std::string text = kGood;
  const std::string replace = GetParam().replace;
  if (replace.empty()) {
    text += GetParam().by;
  } else {
    ASSERT_NE(text.find(replace), std::string::npos);
    text.replace(text.find(replace), replace.size(), GetParam().by);
  }
  EXPECT_THAT(ParseNodeConfig(text, "n.conf", ""),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().error)));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadNodeConfigTest,
    ::testing::Values(
        BadCase{"Unknown", "", "colour: \"red\"\n", "n.conf:10:"},
        BadCase{"Twice", "", "member: \"north\"\n", "n.conf:10:"},
        BadCase{"NoCharter", "charter: \"charter.note\"\n", "", "charter: missing"},
        BadCase{"NoMember", "member: \"north\"\n", "", "member: missing"},
        BadCase{"NoListen", "listen: \"127.0.0.1:0\"\n", "", "listen: missing"},
        BadCase{"NoKey", "node_key: \"node.key\"\n", "", "node_key: missing"},
        BadCase{"NoCosigner", "cosigner_key: \"cosigner.key\"\n", "", "cosigner_key: missing"},
        BadCase{"NoTlsKey", "tls_key: \"/keys/tls.key\"\n", "", "tls_key: missing"},
        BadCase{"NoCertificate", "tls_certificate: \"tls.pem\"\n", "", "tls_certificate: missing"},
        BadCase{"NoDataDir", "data_dir: \"data\"\n", "", "data_dir: missing"},
        BadCase{"BadMember", "\"north\"", "\"North\"", "n.conf:2:1: member:"},
        BadCase{"BadListen", "127.0.0.1:0", "127.0.0.1", "n.conf:4:1: listen: want host:port"},
        BadCase{"PortTooHigh", "127.0.0.1:0", "127.0.0.1:65536", "listen: the port"},
        BadCase{"PeerPortZero", "example:7401", "example:0", "n.conf:9:1: peers: south: the port"},
        BadCase{"PeerIsSelf", "\"south\"", "\"north\"", "own member"},
        BadCase{"PeerTwice", "", "peers { member: \"south\" address: \"x:1\" }", "second time"},
        BadCase{"PeerNameless", "member: \"south\" ", "", "n.conf:9:1: peers: member"},
        BadCase{"LogLevel", "", "log_level: \"loud\"", "n.conf:10:1: log_level"},
        BadCase{"Timeout", "", "view_timeout_ms: 49", "n.conf:10:1: view_timeout_ms: want 50"},
        BadCase{"TimeoutHigh", "", "view_timeout_ms: 600001", "view_timeout_ms"},
        BadCase{"Negative", "", "view_timeout_ms: -1", "n.conf:10:"},
        BadCase{"Control", "\"data\"", "\"da\\nta\"", "data_dir: control characters"},
        BadCase{"Unclosed", "", "peers {", "n.conf:10:"}),
    [](const auto& c) { return c.param.name; });

TEST(NodeConfigTest, FilesAreBounded) {
  const parley::testing::TempDir dir;
  EXPECT_THAT(LoadNodeConfig(dir / "none"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(LoadNodeConfig(dir.path()), StatusIs(absl::StatusCode::kInvalidArgument));
  std::ofstream(dir / "good") << kGood;
  EXPECT_THAT(LoadNodeConfig(dir / "good"), IsOk());
  std::ofstream(dir / "long") << kGood << std::string(limits::kConfigBytesMax, '#');
  EXPECT_THAT(LoadNodeConfig(dir / "long"), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(AddressTest, AcceptsAndRefuses) {
  for (const char* const good : {"127.0.0.1:1", "host:65535", "[::1]:7401", "a-b.example:7401"})
    EXPECT_THAT(CheckAddress(good, PortZero::kRefused), IsOk()) << good;
  for (const char* const bad :
       {"", ":1", "host", "host:", "host:0", "host:65536", "host:+1", "host:1 ", "ho st:1",
        "::1:7401", "[]:1", "[::1:1", "unix:/tmp/x", "dns:///host:1", "host:1/x"})
    EXPECT_THAT(CheckAddress(bad, PortZero::kRefused), StatusIs(absl::StatusCode::kInvalidArgument))
        << bad;
  EXPECT_THAT(CheckAddress("0.0.0.0:0", PortZero::kAllowed), IsOk());
}

}  // namespace
}  // namespace parley
