// Envelopes: one byte form, and everything else refused.

#include <gtest/gtest.h>

#include "base/limits.h"
#include "crypto/dsse.h"
#include "ledger/record/names.h"
#include "ledger/record/record.h"
#include "tests/support/accord.h"
#include "tests/support/status_matchers.h"

namespace parley::testing {
namespace {

using absl::StatusCode;
using record::ParsedRecord;
using ::testing::HasSubstr;

SecretKey Key() { return TestAccord::KeyOf("party-a", "desk"); }

v1::Record Sample() {
  v1::Record out;
  out.set_ledger_id(std::string(32, 'l'));
  out.set_charter(std::string(32, 'c'));
  out.set_member("party-a");
  out.set_officer("desk");
  out.set_sequence(1);
  out.set_declared_at_ms(1'760'000'000'000);
  out.set_nonce(std::string(16, 'n'));
  out.set_language("ur-PK");
  *out.mutable_report_incident()->mutable_facts() =
      Facts(static_cast<TimeMs>(1'760'000'000'000), {"party-b"});
  return out;
}

// An envelope around any payload bytes, signed as they are.
std::string Wrap(const std::string& payload) {
  v1::Envelope envelope;
  envelope.set_payload(payload);
  envelope.set_key_id(KeyIdOf(Key().public_key()).ToString());
  envelope.set_signature(
      Key().Sign(PreAuthEncoding(record::kPayloadType, AsBytes(payload))).ToString());
  return record::CanonicalBytes(envelope);
}

TEST(RecordParseTest, RoundTripsAndVerifies) {
  ASSERT_OK_AND_ASSIGN(const std::string bytes, record::SignRecord(Sample(), Key()));
  ASSERT_OK_AND_ASSIGN(const ParsedRecord parsed, ParsedRecord::Parse(bytes));
  EXPECT_EQ(parsed.envelope(), bytes);
  EXPECT_EQ(parsed.sequence(), 1U);
  EXPECT_TRUE(parsed.previous().IsZero());
  EXPECT_EQ(parsed.id(), Sha256<RecordId>(PreAuthEncoding(
                             record::kPayloadType, AsBytes(record::CanonicalBytes(Sample())))));
  EXPECT_TRUE(record::VerifySignature(parsed, Key().public_key()));
  EXPECT_FALSE(record::VerifySignature(parsed, TestAccord::KeyOf("party-b", "desk").public_key()));
  EXPECT_EQ(record::ActName(parsed.record()), "ReportIncident");
}

TEST(RecordParseTest, EveryByteMatters) {
  ASSERT_OK_AND_ASSIGN(const std::string bytes, record::SignRecord(Sample(), Key()));
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string other = bytes;
    other[i] = static_cast<char>(other[i] ^ 1);
    const StatusOr<ParsedRecord> parsed = ParsedRecord::Parse(other);
    if (parsed.ok()) {
      EXPECT_FALSE(record::VerifySignature(*parsed, Key().public_key())) << i;
    }
    EXPECT_FALSE(ParsedRecord::Parse(bytes.substr(0, i)).ok()) << i;
  }
}

TEST(RecordParseTest, RefusesWhatAWriterWouldNotProduce) {
  const std::string good = record::CanonicalBytes(Sample());
  ASSERT_OK(ParsedRecord::Parse(Wrap(good)));
  // Field 1000, varint 1: unknown; at the end of the payload, and inside a message of it.
  const std::string unknown("\xc0\x3e\x01", 3);
  EXPECT_THAT(ParsedRecord::Parse(Wrap(good + unknown)),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("canonical")));
  v1::Record nested = Sample();
  nested.mutable_report_incident()
      ->mutable_facts()
      ->GetReflection()
      ->MutableUnknownFields(nested.mutable_report_incident()->mutable_facts())
      ->AddVarint(1000, 1);
  EXPECT_THAT(ParsedRecord::Parse(Wrap(record::CanonicalBytes(nested))),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("canonical")));
  // sequence (field 5) again; the last one would win.
  EXPECT_THAT(ParsedRecord::Parse(Wrap(good + std::string("\x28\x01", 2))),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("canonical")));
  // A default written out: case_id (field 10) empty. And an overlong varint for sequence.
  EXPECT_THAT(ParsedRecord::Parse(Wrap(good + std::string("\x52\x00", 2))),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("canonical")));
  std::string overlong = good;
  const size_t at = overlong.find("\x28\x01");
  ASSERT_NE(at, std::string::npos);
  overlong.replace(at, 2, std::string("\x28\x81\x00", 3));
  EXPECT_THAT(ParsedRecord::Parse(Wrap(overlong)),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("canonical")));
  EXPECT_THAT(ParsedRecord::Parse(Wrap(good) + unknown), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(ParsedRecord::Parse(""), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(ParsedRecord::Parse(std::string(limits::kEnvelopeBytesMax + 1, 'x')),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("at most 60000")));
}

TEST(RecordParseTest, ReadsNoTwoActs) {
  // Field 41 (CloseCase) after field 20: the last one wins when parsed, and so the bytes differ.
  const std::string close("\xca\x02\x00", 3);
  EXPECT_FALSE(ParsedRecord::Parse(Wrap(record::CanonicalBytes(Sample()) + close)).ok());
}

TEST(RecordParseTest, CaseNumbersHaveOneForm) {
  for (const char* good : {"2025-0001", "2025-9999", "2025-10000", "1970-0042", "9999-99999999"}) {
    ASSERT_OK_AND_ASSIGN(const record::CaseNumber number, record::CaseNumber::Parse(good));
    EXPECT_EQ(number.ToString(), good);
  }
  for (const char* bad : {"", "2025-1", "2025-0000", "2025-00001", "2025-000001", "25-0001",
                          "2025_0001", "2025-000a", "1969-0001", "2025-100000000", " 2025-0001"})
    EXPECT_FALSE(record::CaseNumber::Parse(bad).ok()) << bad;
}

}  // namespace
}  // namespace parley::testing
