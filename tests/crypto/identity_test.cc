#include "crypto/identity.h"

#include "base/limits.h"
#include "tests/support/status_matchers.h"

namespace parley {
namespace {

using testing::StatusIs;

TEST(IdentityTest, LastThreeSegmentsAreMemberRoleAndName) {
  ASSERT_OK_AND_ASSIGN(
      const Identity id,
      Identity::FromUri("parley://parley.example/istanbul-2025/north/officer/anna"));
  EXPECT_EQ(id.origin, "parley.example/istanbul-2025");
  EXPECT_EQ(id.member, "north");
  EXPECT_EQ(id.role, Role::kOfficer);
  EXPECT_EQ(id.name, "anna");
  EXPECT_EQ(id.ToUri(), "parley://parley.example/istanbul-2025/north/officer/anna");
}

TEST(IdentityTest, AnOriginThatLooksLikeAnIdentityHasOneReading) {
  ASSERT_OK_AND_ASSIGN(const Identity id,
                       Identity::FromUri("parley://a/south/node/n1/north/auditor/zoe"));
  EXPECT_EQ(id.origin, "a/south/node/n1");
  EXPECT_EQ(id.member, "north");
  EXPECT_EQ(id.role, Role::kAuditor);
}

struct UriCase {
  const char* name;
  std::string uri;
};
class IdentityUriTest : public ::testing::TestWithParam<UriCase> {};
TEST_P(IdentityUriTest, Refuses) {
  EXPECT_THAT(Identity::FromUri(GetParam().uri), StatusIs(absl::StatusCode::kInvalidArgument));
}
INSTANTIATE_TEST_SUITE_P(
    Cases, IdentityUriTest,
    ::testing::Values(UriCase{"Empty", ""}, UriCase{"OtherScheme", "https://o/north/node/n1"},
                      UriCase{"UpperScheme", "Parley://o/north/node/n1"},
                      UriCase{"NoOrigin", "parley:///m/node/n"},
                      UriCase{"OriginMissing", "parley://north/node/n1"},
                      UriCase{"OnlyName", "parley://n1"}, UriCase{"NoRole", "parley://o/north/n1"},
                      UriCase{"OtherRole", "parley://o/north/owner/n1"},
                      UriCase{"UpperRole", "parley://o/north/Node/n1"},
                      UriCase{"EmptyName", "parley://o/north/node/"},
                      UriCase{"TrailingSlash", "parley://o/north/node/n1/"},
                      UriCase{"EmptyMember", "parley://o//node/n1"},
                      UriCase{"UpperMember", "parley://o/North/node/n"},
                      UriCase{"DashFirst", "parley://o/-north/node/n1"},
                      UriCase{"LongName", "parley://o/north/node/" + std::string(33, 'a')},
                      UriCase{"DoubleSlash", "parley://o//x/north/node/n1"},
                      UriCase{"DotSegment", "parley://o/../north/node/n1"},
                      UriCase{"Percent", "parley://o%2Fx/north/node/n1"},
                      UriCase{"Query", "parley://o/north/node/n1?x"},
                      UriCase{"Fragment", "parley://o/north/node/n#x"},
                      UriCase{"User", "parley://u@o/north/node/n1"},
                      UriCase{"Port", "parley://o:80/north/node/n1"},
                      UriCase{"Space", "parley://o /north/node/n1"},
                      UriCase{"Nul", std::string("parley://o/north/node/n1\0", 25)},
                      UriCase{"NonAscii", "parley://o/nörth/node/n1"},
                      UriCase{"LongOrigin",
                              "parley://" + std::string(129, 'o') + "/north/node/n1"}),
    [](const auto& c) { return c.param.name; });

TEST(IdentityTest, CreateNamesTheWrongPart) {
  EXPECT_THAT(Identity::Create("a b", "north", Role::kNode, "n1"),
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("origin")));
  EXPECT_THAT(Identity::Create("a", "North", Role::kNode, "n1"),
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("member")));
  EXPECT_THAT(Identity::Create("a", "north", Role::kNode, "n/1"),
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::StartsWith("name")));
}

TEST(IsNameTest, LimitsAreExact) {
  EXPECT_TRUE(IsName("a"));
  EXPECT_TRUE(IsName("0-"));
  EXPECT_TRUE(IsName(std::string(limits::kNameBytesMax, 'z')));
  EXPECT_FALSE(IsName(std::string(limits::kNameBytesMax + 1, 'z')));
  EXPECT_FALSE(IsName(""));
  EXPECT_FALSE(IsName("a_b"));
  EXPECT_FALSE(IsName("a.b"));
}

TEST(IsOriginTest, LimitsAreExact) {
  EXPECT_TRUE(IsOrigin("parley.example/istanbul-2025"));
  EXPECT_TRUE(IsOrigin(std::string(limits::kOriginBytesMax, 'o')));
  EXPECT_FALSE(IsOrigin(std::string(limits::kOriginBytesMax + 1, 'o')));
  for (const char* bad : {"", "/", "a/", "/a", "a//b", ".", "a/..", "a+b", "a b", "a\n", "ä"})
    EXPECT_FALSE(IsOrigin(bad)) << bad;
}

TEST(RoleTest, NamesComeBack) {
  for (const Role role : {Role::kNode, Role::kOfficer, Role::kAuditor})
    EXPECT_EQ(ParseRole(RoleName(role)).value(), role);
  EXPECT_EQ(NodeDnsName("north"), "node.north.parley.invalid");
}

}  // namespace
}  // namespace parley
