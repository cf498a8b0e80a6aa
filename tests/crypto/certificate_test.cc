#include "crypto/certificate.h"

#include <openssl/pem.h>
#include <stdlib.h>

#include <fstream>

#include "base/limits.h"
#include "crypto/x509_internal.h"
#include "tests/crypto/certificate_fixture.h"
#include "tests/crypto/forged_certificate.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace parley {
namespace {

using testing::At;
using testing::Forge;
using testing::Forgery;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::Key;
using testing::kInvalid;
using testing::kOrigin;
using testing::kYear;
using testing::StatusIs;

Identity Who(Role role, const char* name, const char* member = "north") {
  return Identity::Create(kOrigin, member, role, name).value();
}

class CertificateTest : public ::testing::Test {
 protected:
  StatusOr<std::string> Issue(const Identity& who, Validity validity = kYear) {
    return IssueCertificate(ca_key_, ca_, key_.public_key(), who, validity);
  }
  const SecretKey ca_key_ = Key(1);
  const SecretKey key_ = Key(2);
  const Bytes ca_ =
      MakeCaCertificate(ca_key_, kOrigin, "north", At("2025-01-01T00:00:00Z"), 10).value();
};

TEST_F(CertificateTest, CaSaysWhoseItIs) {
  ASSERT_OK_AND_ASSIGN(const CertificateInfo info, InspectCertificate(ca_));
  EXPECT_TRUE(info.is_ca);
  EXPECT_FALSE(info.identity.has_value());
  EXPECT_EQ(info.ca_origin, kOrigin);
  EXPECT_EQ(info.ca_member, "north");
  EXPECT_EQ(info.public_key, ca_key_.public_key());
  EXPECT_EQ(info.not_before, At("2025-01-01T00:00:00Z"));
  EXPECT_EQ(info.not_after, At("2035-01-01T00:00:00Z"));
  EXPECT_EQ(info.subject, "O = parley.example/istanbul-2025, CN = north CA");
  EXPECT_LT(ca_.size(), limits::kCertificateBytesMax / 4);
}

TEST_F(CertificateTest, IssuedOnesSayWhoTheyAre) {
  for (const Role role : {Role::kNode, Role::kOfficer, Role::kAuditor}) {
    ASSERT_OK_AND_ASSIGN(const std::string pem, Issue(Who(role, "anna")));
    ASSERT_OK_AND_ASSIGN(const Bytes der, CertificateDer(pem));
    EXPECT_EQ(CertificatePem(der), pem);
    ASSERT_OK_AND_ASSIGN(const CertificateInfo info, InspectCertificate(der));
    EXPECT_FALSE(info.is_ca);
    EXPECT_EQ(info.identity, Who(role, "anna"));
    EXPECT_EQ(info.public_key, key_.public_key());
    EXPECT_EQ(info.not_before, kYear.not_before);
    EXPECT_EQ(info.not_after, kYear.not_after);
    EXPECT_EQ(info.serial.size(), 32u);
  }
}

TEST_F(CertificateTest, SerialsAreRandom) {
  const auto serial = [this] {
    return InspectCertificate(CertificateDer(Issue(Who(Role::kNode, "n1")).value()).value())
        ->serial;
  };
  EXPECT_NE(serial(), serial());
}

TEST_F(CertificateTest, LongestNamesFit) {
  const std::string origin(limits::kOriginBytesMax, 'o');
  const std::string name(limits::kNameBytesMax, 'n');
  ASSERT_OK_AND_ASSIGN(const Bytes ca,
                       MakeCaCertificate(ca_key_, origin, name, At("2025-01-01T00:00:00Z"), 50));
  ASSERT_OK_AND_ASSIGN(const Identity who, Identity::Create(origin, name, Role::kNode, name));
  EXPECT_THAT(IssueCertificate(ca_key_, ca, key_.public_key(), who, kYear), IsOk());
}

TEST_F(CertificateTest, CaRefusesBadInput) {
  const TimeMs from = At("2025-01-01T00:00:00Z");
  EXPECT_THAT(MakeCaCertificate(ca_key_, "a b", "north", from, 1), StatusIs(kInvalid));
  EXPECT_THAT(MakeCaCertificate(ca_key_, kOrigin, "North", from, 1), StatusIs(kInvalid));
  EXPECT_THAT(MakeCaCertificate(ca_key_, kOrigin, "north", from, 0), StatusIs(kInvalid));
  EXPECT_THAT(MakeCaCertificate(ca_key_, kOrigin, "north", from, 51), StatusIs(kInvalid));
  EXPECT_THAT(MakeCaCertificate(ca_key_, kOrigin, "north", At("9999-01-01T00:00:00Z"), 1),
              StatusIs(kInvalid));
}

TEST_F(CertificateTest, CaFromALeapDayEndsOnThe28th) {
  ASSERT_OK_AND_ASSIGN(const Bytes ca,
                       MakeCaCertificate(ca_key_, kOrigin, "north", At("2024-02-29T12:00:00Z"), 1));
  EXPECT_EQ(InspectCertificate(ca)->not_after, At("2025-02-28T12:00:00Z"));
}

TEST_F(CertificateTest, IssuingRefusesWhatWouldNotVerify) {
  EXPECT_THAT(Issue(Who(Role::kNode, "n1", "south")), StatusIs(kInvalid, HasSubstr("south")));
  Identity elsewhere = Who(Role::kNode, "n1");
  elsewhere.origin = "other";
  EXPECT_THAT(Issue(elsewhere), StatusIs(kInvalid));
  Identity spoiled = Who(Role::kNode, "n1");
  spoiled.name = "n1/../x";
  EXPECT_THAT(Issue(spoiled), StatusIs(kInvalid));
  EXPECT_THAT(Issue(Who(Role::kNode, "n1"), {kYear.not_after, kYear.not_before}),
              StatusIs(kInvalid, HasSubstr("before it begins")));
  EXPECT_THAT(Issue(Who(Role::kNode, "n1"), {At("2024-12-31T23:59:59Z"), kYear.not_after}),
              StatusIs(kInvalid, HasSubstr("not within")));
  EXPECT_THAT(Issue(Who(Role::kNode, "n1"), {kYear.not_before, At("2035-01-01T00:00:01Z")}),
              StatusIs(kInvalid, HasSubstr("not within")));
  EXPECT_THAT(IssueCertificate(key_, ca_, Key(3).public_key(), Who(Role::kNode, "n1"), kYear),
              StatusIs(kInvalid, HasSubstr("not the one of the CA's certificate")));
  EXPECT_THAT(IssueCertificate(ca_key_, ca_, ca_key_.public_key(), Who(Role::kNode, "n1"), kYear),
              StatusIs(kInvalid, HasSubstr("another key")));
  const Bytes leaf = CertificateDer(Issue(Who(Role::kNode, "n1")).value()).value();
  EXPECT_THAT(IssueCertificate(key_, leaf, Key(3).public_key(), Who(Role::kNode, "n2"), kYear),
              StatusIs(kInvalid, HasSubstr("is not a CA's")));
}

TEST_F(CertificateTest, CheckCaWantsTheRightMemberAndItsOwnSignature) {
  EXPECT_THAT(CheckCaCertificate(ca_, kOrigin, "north"), IsOk());
  EXPECT_THAT(CheckCaCertificate(ca_, kOrigin, "south"), StatusIs(kInvalid));
  EXPECT_THAT(CheckCaCertificate(ca_, "other", "north"), StatusIs(kInvalid));
  EXPECT_THAT(CheckCaCertificate({}, kOrigin, "north"), StatusIs(kInvalid));
  Bytes flipped = ca_;
  flipped.back() ^= 1;  // in the signature
  EXPECT_THAT(CheckCaCertificate(flipped, kOrigin, "north"),
              StatusIs(kInvalid, HasSubstr("did not sign itself")));
}

TEST_F(CertificateTest, EveryCutAndTrailingByteIsRefused) {
  for (size_t size = 0; size < ca_.size(); ++size)
    EXPECT_THAT(InspectCertificate(ByteSpan(ca_).first(size)), StatusIs(kInvalid)) << size;
  Bytes longer = ca_;
  longer.push_back(0);
  EXPECT_THAT(InspectCertificate(longer), StatusIs(kInvalid, HasSubstr("follow")));
  EXPECT_THAT(InspectCertificate(Bytes(limits::kCertificateBytesMax + 1)),
              StatusIs(kInvalid, HasSubstr("limit")));
}

TEST_F(CertificateTest, DaysLeftRoundsDown) {
  const CertificateInfo info = InspectCertificate(ca_).value();
  EXPECT_EQ(DaysLeft(info, At("2034-12-31T00:00:00Z")), 1);
  EXPECT_EQ(DaysLeft(info, At("2034-12-31T00:00:01Z")), 0);
  EXPECT_EQ(DaysLeft(info, At("2035-01-01T00:00:00Z")), 0);
  EXPECT_EQ(DaysLeft(info, At("2035-01-01T00:00:01Z")), -1);
}

struct PemCase {
  const char* name;
  std::string pem;
};
class CertificatePemTest : public ::testing::TestWithParam<PemCase> {};
TEST_P(CertificatePemTest, Refuses) {
  EXPECT_THAT(CertificateDer(GetParam().pem), StatusIs(kInvalid));
}
constexpr const char* kBegin = "-----BEGIN CERTIFICATE-----\n";
constexpr const char* kEnd = "-----END CERTIFICATE-----\n";
INSTANTIATE_TEST_SUITE_P(
    Cases, CertificatePemTest,
    ::testing::Values(
        PemCase{"Empty", ""}, PemCase{"Text", "hello\n"}, PemCase{"BeginOnly", kBegin},
        PemCase{"NoEnd", std::string(kBegin) + "AAAA\n"},
        PemCase{"NoLastNewline", std::string(kBegin) + "AAAA\n-----END CERTIFICATE-----"},
        PemCase{"CarriageReturn", std::string(kBegin) + "AAAA\r\n" + kEnd},
        PemCase{"EmptyLine", std::string(kBegin) + "\nAAAA\n" + kEnd},
        PemCase{"ShortLineFirst", std::string(kBegin) + "AAAA\nAAAA\n" + kEnd},
        PemCase{"LongLine", std::string(kBegin) + std::string(68, 'A') + "\n" + kEnd},
        PemCase{"Headers", std::string(kBegin) + "Proc-Type: 4\n\nAAAA\n" + kEnd},
        PemCase{"BadBase64", std::string(kBegin) + "AA=A\n" + kEnd},
        PemCase{"TextBefore", "x\n" + std::string(kBegin) + "AAAA\n" + kEnd},
        PemCase{"TextAfter", std::string(kBegin) + "AAAA\n" + kEnd + "x"},
        PemCase{"Two", std::string(kBegin) + "AAAA\n" + kEnd + kBegin + "AAAA\n" + kEnd},
        PemCase{"OtherKind", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"},
        PemCase{"TooLong", std::string(limits::kCertificateChainBytesMax + 1, 'x')}),
    [](const auto& c) { return c.param.name; });

TEST(PrivateKeyPemTest, Rfc8410Example) {  // section 10.3
  const SecretKey key = SecretKey::FromSeed(HexDecode("d4ee72dbf913584ad5b6d8f1f769f8ad"
                                                      "3afe7c28cbf1d4fbe097a88f44755842")
                                                .value())
                            .value();
  std::string pem = PrivateKeyPem(key);
  EXPECT_EQ(pem,
            "-----BEGIN PRIVATE KEY-----\n"
            "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
            "-----END PRIVATE KEY-----\n");
  EXPECT_EQ(key.public_key().ToHex(),
            "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
  WipeString(pem);
  EXPECT_TRUE(pem.empty());
}

TEST_F(CertificateTest, OpenSslReadsTheKeyOfTheCertificate) {
  const std::string pem = PrivateKeyPem(key_);
  const std::unique_ptr<BIO, x509::Deleter<BIO_free>> in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const x509::Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  ASSERT_NE(key, nullptr);
  const Bytes der = CertificateDer(Issue(Who(Role::kNode, "n1")).value()).value();
  const x509::Parsed leaf = x509::Parse(der).value();
  EXPECT_EQ(X509_check_private_key(leaf.certificate.get(), key.get()), 1);
  const x509::Key other(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, ca_key_.InsecureSeed().data(), 32));
  EXPECT_EQ(X509_check_private_key(leaf.certificate.get(), other.get()), 0);
}

// The command line of OpenSSL, as an operator would use it.
TEST_F(CertificateTest, OpenSslVerifyAccepts) {
  ASSERT_EQ(::system("openssl version >/dev/null 2>&1"), 0) << "no openssl command";
  const testing::TempDir dir;
  const auto write = [&dir](const char* name, const std::string& text) {
    std::ofstream(dir / name) << text;
  };
  const auto verify = [&dir](const char* ca, const char* leaf, const char* purpose) {
    // 1764547200 is 2025-12-01.
    return ::system(fmt::format("cd '{}' && openssl verify -x509_strict -attime 1764547200 "
                                "-purpose {} -CAfile {} {} >/dev/null 2>&1",
                                dir.path().string(), purpose, ca, leaf)
                        .c_str()) == 0;
  };
  write("ca", CertificatePem(ca_));
  write("node", Issue(Who(Role::kNode, "n1")).value());
  write("officer", Issue(Who(Role::kOfficer, "anna")).value());
  write("other",
        CertificatePem(
            MakeCaCertificate(Key(8), kOrigin, "north", At("2025-01-01T00:00:00Z"), 10).value()));
  EXPECT_TRUE(verify("ca", "node", "sslserver"));
  EXPECT_TRUE(verify("ca", "node", "sslclient"));
  EXPECT_TRUE(verify("ca", "officer", "sslclient"));
  EXPECT_FALSE(verify("ca", "officer", "sslserver"));
  EXPECT_FALSE(verify("other", "node", "sslclient"));
}

// One thing spoiled at a time; the unspoiled one is accepted.
Forgery Honest() {
  Forgery f;
  f.uris = {"parley://parley.example/istanbul-2025/north/officer/anna"};
  f.validity = kYear;
  return f;
}
struct FormCase {
  const char* name;
  void (*spoil)(Forgery&);
  const char* message;
};
class CertificateFormTest : public ::testing::TestWithParam<FormCase> {};
TEST_P(CertificateFormTest, Refuses) {
  EXPECT_THAT(InspectCertificate(Forge(Honest(), Key(2).public_key(), Key(1))), IsOk());
  Forgery f = Honest();
  GetParam().spoil(f);
  EXPECT_THAT(InspectCertificate(Forge(f, Key(2).public_key(), Key(1))),
              StatusIs(kInvalid, HasSubstr(GetParam().message)));
}
INSTANTIATE_TEST_SUITE_P(
    Cases, CertificateFormTest,
    ::testing::Values(
        FormCase{"Version1", [](Forgery& f) { f.version = 1; }, "version 3"},
        FormCase{"NegativeSerial", [](Forgery& f) { f.negative_serial = true; }, "serial"},
        FormCase{"OtherKeyKind", [](Forgery& f) { f.ec_subject_key = true; }, "Ed25519 key"},
        FormCase{"NoKeyIds", [](Forgery& f) { f.with_key_ids = false; }, "extensions"},
        FormCase{"NoConstraints", [](Forgery& f) { f.basic_constraints = ""; }, "extensions"},
        FormCase{"ConstraintsNotCritical", [](Forgery& f) { f.basic_constraints = "CA:FALSE"; },
                 "critical"},
        FormCase{"NoKeyUsage", [](Forgery& f) { f.key_usage = ""; }, "extensions"},
        FormCase{"KeyUsageMore",
                 [](Forgery& f) { f.key_usage = "critical,digitalSignature,keyAgreement"; },
                 "digitalSignature"},
        FormCase{"NoPurpose", [](Forgery& f) { f.extended_key_usage = ""; }, "extensions"},
        FormCase{"OfficerAsServer",
                 [](Forgery& f) { f.extended_key_usage = "clientAuth,serverAuth"; },
                 "clientAuth alone"},
        FormCase{"AnyPurpose", [](Forgery& f) { f.extended_key_usage = "clientAuth,1.2.3.4"; },
                 "clientAuth alone"},
        FormCase{"PurposeTwice", [](Forgery& f) { f.extended_key_usage = "clientAuth,clientAuth"; },
                 "clientAuth alone"},
        FormCase{"ExtraExtension", [](Forgery& f) { f.extra_extension = "hello"; }, "extensions"},
        FormCase{"NoNames", [](Forgery& f) { f.uris.clear(); }, "extensions"},
        FormCase{"OnlyDns",
                 [](Forgery& f) {
                   f.uris.clear();
                   f.dns = {"node.north.parley.invalid"};
                 },
                 "one URI"},
        FormCase{"TwoUris",
                 [](Forgery& f) {
                   f.uris.push_back("parley://parley.example/istanbul-2025/south/officer/omar");
                 },
                 "one URI"},
        FormCase{"SameUriTwice", [](Forgery& f) { f.uris.push_back(f.uris[0]); }, "one URI"},
        FormCase{"OtherUri", [](Forgery& f) { f.uris = {"https://parley.example/x/y/z"}; },
                 "identity"},
        FormCase{"CaUriInALeaf", [](Forgery& f) { f.uris = {"parley-ca://o/north"}; }, "identity"},
        FormCase{"Email", [](Forgery& f) { f.emails = {"a@example.org"}; }, "neither a URI"},
        FormCase{"OfficerWithDns", [](Forgery& f) { f.dns = {"node.north.parley.invalid"}; },
                 "DNS names"},
        FormCase{
            "NodeWithoutDns",
            [](Forgery& f) { f.uris = {"parley://parley.example/istanbul-2025/north/node/n1"}; },
            "DNS names"},
        FormCase{"NodeWithAnothersDns",
                 [](Forgery& f) {
                   f.uris = {"parley://parley.example/istanbul-2025/north/node/n1"};
                   f.dns = {"node.south.parley.invalid"};
                 },
                 "DNS names"},
        FormCase{"NodeWithoutServerAuth",
                 [](Forgery& f) {
                   f.uris = {"parley://parley.example/istanbul-2025/north/node/n1"};
                   f.dns = {"node.north.parley.invalid"};
                 },
                 "serverAuth and clientAuth"},
        FormCase{"CaWithIdentity",
                 [](Forgery& f) {
                   f.basic_constraints = "critical,CA:TRUE,pathlen:0";
                   f.key_usage = "critical,keyCertSign";
                   f.extended_key_usage = "";
                 },
                 "parley-ca://"},
        FormCase{"CaWithLongPath",
                 [](Forgery& f) {
                   f.basic_constraints = "critical,CA:TRUE,pathlen:1";
                   f.extended_key_usage = "";
                 },
                 "path length"},
        FormCase{"CaThatSigns",
                 [](Forgery& f) {
                   f.uris = {"parley-ca://o/north"};
                   f.basic_constraints = "critical,CA:TRUE,pathlen:0";
                   f.key_usage = "critical,keyCertSign,digitalSignature";
                   f.extended_key_usage = "";
                 },
                 "keyCertSign alone"}),
    [](const auto& c) { return c.param.name; });

TEST(CertificateFormTest, SmallOrderKeyIsRefused) {
  std::array<uint8_t, 32> identity{};
  identity[0] = 1;
  EXPECT_THAT(InspectCertificate(Forge(Honest(), PublicKey(identity), Key(1))),
              StatusIs(kInvalid, HasSubstr("small order")));
}

}  // namespace
}  // namespace parley
