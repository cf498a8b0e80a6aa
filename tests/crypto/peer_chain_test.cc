#include <map>

#include "crypto/certificate.h"
#include "tests/crypto/certificate_fixture.h"
#include "tests/crypto/forged_certificate.h"
#include "tests/support/status_matchers.h"

// VerifyPeerChain: the security boundary between members.

namespace parley {
namespace {

using ::testing::AllOf;
using testing::Forge;
using testing::Forgery;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;
constexpr auto kUnauthenticated = absl::StatusCode::kUnauthenticated;
using testing::At;
using testing::Key;
using testing::kOrigin;
using testing::kYear;

const TimeMs kNow = At("2025-12-01T00:00:00Z");

Identity Who(const char* member, Role role = Role::kOfficer, const char* name = "anna",
             const char* origin = kOrigin) {
  return Identity::Create(origin, member, role, name).value();
}
Bytes Ca(const SecretKey& key, const char* member, const char* origin = kOrigin) {
  return MakeCaCertificate(key, origin, member, At("2025-01-01T00:00:00Z"), 10).value();
}

class PeerChainTest : public ::testing::Test {
 protected:
  StatusOr<Identity> Check(const std::string& pem, TimeMs now = kNow) const {
    const auto find = [this](std::string_view member) -> const Bytes* {
      const auto at = cas_.find(member);
      return at == cas_.end() ? nullptr : &at->second;
    };
    return VerifyPeerChain(pem, find, kOrigin, now);
  }
  std::string Issue(const SecretKey& ca_key, const Bytes& ca, const Identity& who) const {
    return IssueCertificate(ca_key, ca, key_.public_key(), who, kYear).value();
  }
  // What north's CA can sign when its owner writes a program of their own.
  std::string ForgeByNorth(const std::string& uri) const {
    Forgery f;
    f.uris = {uri};
    f.validity = kYear;
    f.issuer_der = cas_.at("north");
    return CertificatePem(Forge(f, key_.public_key(), north_));
  }
  void ExpectRefused(const std::string& pem, const char* why, TimeMs now = kNow) const {
    EXPECT_THAT(Check(pem, now), StatusIs(kUnauthenticated, HasSubstr(why)));
  }

  const SecretKey north_ = Key(1);
  const SecretKey south_ = Key(2);
  const SecretKey key_ = Key(9);
  std::map<std::string, Bytes, std::less<>> cas_ = {{"north", Ca(north_, "north")},
                                                    {"south", Ca(south_, "south")}};
  const std::string leaf_ = Issue(north_, cas_.at("north"), Who("north"));
};

TEST_F(PeerChainTest, AcceptsEachRoleWithAndWithoutItsCa) {
  for (const Role role : {Role::kNode, Role::kOfficer, Role::kAuditor}) {
    const std::string leaf = Issue(north_, cas_.at("north"), Who("north", role));
    EXPECT_EQ(Check(leaf).value(), Who("north", role));
    EXPECT_EQ(Check(leaf + CertificatePem(cas_.at("north"))).value(), Who("north", role));
  }
}

TEST_F(PeerChainTest, TheForgingToolMakesAcceptedOnesToo) {
  EXPECT_THAT(Check(ForgeByNorth(Who("north").ToUri())), IsOk());
}

// All members' CAs are trusted for the handshake, so this is all that keeps members apart.
TEST_F(PeerChainTest, OneMembersCaCannotNameAnothersPeople) {
  const std::string forged = ForgeByNorth(Who("south").ToUri());
  ExpectRefused(forged, "the CA of 'south' does not vouch for it");
  ExpectRefused(forged + CertificatePem(cas_.at("north")), "is not the CA of 'south'");
  ExpectRefused(forged + CertificatePem(cas_.at("south")), "the CA of 'south' does not vouch");
}

TEST_F(PeerChainTest, BorrowingTheNameOfAnothersCaDoesNotHelp) {
  Forgery f;
  f.uris = {Who("south").ToUri()};
  f.validity = kYear;
  f.issuer_der = cas_.at("south");  // issuer and key id of south's CA, signed by north
  ExpectRefused(CertificatePem(Forge(f, key_.public_key(), north_)), "signature failure");
}

TEST_F(PeerChainTest, UnknownMemberIsRefused) {
  ExpectRefused(ForgeByNorth(Who("west").ToUri()), "there is no member 'west'");
}

TEST_F(PeerChainTest, OtherAccordIsRefused) {
  const Bytes ca = Ca(north_, "north", "parley.example/other");
  const std::string leaf =
      Issue(north_, ca, Who("north", Role::kOfficer, "anna", "parley.example/other"));
  ExpectRefused(leaf, "it is for the accord 'parley.example/other'");
}

// An origin that ends in what looks like a member of ours.
TEST_F(PeerChainTest, LongerOriginIsAnotherOrigin) {
  ExpectRefused(ForgeByNorth(std::string("parley://") + kOrigin + "/south/north/officer/anna"),
                "it is for the accord");
}

TEST_F(PeerChainTest, CaOfAnotherAccordInTheCharterIsRefused) {
  cas_["north"] = Ca(north_, "north", "parley.example/other");
  ExpectRefused(leaf_, "want one of");
}

TEST_F(PeerChainTest, ValidFromTheFirstMomentUntilNotAfter) {
  EXPECT_THAT(Check(leaf_, kYear.not_before), IsOk());
  EXPECT_THAT(Check(leaf_, At("2026-05-31T23:59:59.999Z")), IsOk());
  ExpectRefused(leaf_, "not valid before", At("2025-05-31T23:59:59.999Z"));
  ExpectRefused(leaf_, "expired", kYear.not_after);
}

TEST_F(PeerChainTest, ExpiredCaIsRefused) {
  cas_["north"] =
      MakeCaCertificate(north_, kOrigin, "north", At("2024-06-01T00:00:00Z"), 1).value();
  ExpectRefused(leaf_, "the CA of 'north' expired");
  cas_["north"] =
      MakeCaCertificate(north_, kOrigin, "north", At("2026-01-01T00:00:00Z"), 1).value();
  ExpectRefused(leaf_, "the CA of 'north' is not valid before");
}

TEST_F(PeerChainTest, ReplacedCaKeyIsRefused) {
  cas_["north"] = Ca(Key(5), "north");
  ExpectRefused(leaf_, "does not vouch");
  ExpectRefused(leaf_ + CertificatePem(Ca(north_, "north")), "not the CA of 'north'");
}

TEST_F(PeerChainTest, SelfSignedIsRefused) {
  Forgery f;
  f.uris = {Who("north").ToUri()};
  f.validity = kYear;
  f.subject = "north CA";
  f.issuer = "north CA";
  ExpectRefused(CertificatePem(Forge(f, key_.public_key(), key_)), "does not vouch");
}

TEST_F(PeerChainTest, CaOfTheSameNameIsRefused) {
  const SecretKey fake = Key(6);
  const Bytes ca = Ca(fake, "north");
  const std::string leaf = Issue(fake, ca, Who("north"));
  ExpectRefused(leaf, "does not vouch");
  ExpectRefused(leaf + CertificatePem(ca), "not the CA of 'north'");
}

TEST_F(PeerChainTest, OfficerCannotActAsCa) {
  Forgery f;
  f.uris = {Who("north", Role::kOfficer, "eve").ToUri()};
  f.validity = kYear;
  f.issuer_der = CertificateDer(leaf_).value();
  const std::string forged = CertificatePem(Forge(f, Key(7).public_key(), key_));
  ExpectRefused(forged, "does not vouch");
  ExpectRefused(forged + leaf_, "not the CA of 'north'");
  ExpectRefused(forged + leaf_ + CertificatePem(cas_.at("north")), "more than 2 blocks");
}

TEST_F(PeerChainTest, LeafAsAMembersCaIsRefused) {
  cas_["north"] = CertificateDer(leaf_).value();
  ExpectRefused(leaf_, "is not a CA's");
}

TEST_F(PeerChainTest, WrongOrderIsRefused) {
  ExpectRefused(CertificatePem(cas_.at("north")) + leaf_, "the first certificate is a CA's");
  ExpectRefused(CertificatePem(cas_.at("north")), "the first certificate is a CA's");
  ExpectRefused(leaf_ + leaf_, "not the CA of 'north'");
}

TEST_F(PeerChainTest, EveryChangedByteIsRefused) {
  const Bytes der = CertificateDer(leaf_).value();
  for (size_t i = 0; i < der.size(); ++i) {
    Bytes changed = der;
    changed[i] ^= 1;
    EXPECT_THAT(Check(CertificatePem(changed)), StatusIs(kUnauthenticated)) << i;
  }
}

TEST_F(PeerChainTest, NotPemIsRefused) {
  for (const char* bad : {"", "hello", "-----BEGIN CERTIFICATE-----\n"})
    ExpectRefused(bad, "certificate PEM");
  ExpectRefused(leaf_ + "x", "certificate 2: certificate PEM");
}

TEST_F(PeerChainTest, BrokenCaBytesAreRefused) {
  cas_["north"] = Bytes{1, 2, 3};
  ExpectRefused(leaf_, "CA of 'north'");
  cas_["north"] = {};
  ExpectRefused(leaf_, "CA of 'north'");
}

}  // namespace
}  // namespace parley
