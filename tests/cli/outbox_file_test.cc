#include "tools/parley/outbox_file.h"

#include <gtest/gtest.h>

#include "crypto/encoding.h"
#include "tests/cli/outbox_fixture.h"
#include "tests/support/status_matchers.h"

namespace parley::cli {
namespace {

using absl::StatusCode;
using testing::StatusIs;

SecretKey Key(char fill) { return *SecretKey::FromSeed(AsBytes(std::string(32, fill))); }

TEST(OutboxFileTest, ComesBackByteForByte) {
  const SecretKey key = Key('k');
  const std::string bytes = SerializeOutboxFile(MakeChain(key, 1, 3));
  ASSERT_OK_AND_ASSIGN(const auto records, ParseOutboxFile(bytes));
  EXPECT_EQ(records.size(), 3U);
  EXPECT_EQ(SerializeOutboxFile(records), bytes);
}

TEST(OutboxFileTest, RefusesGapsSwapsAndStrangers) {
  const SecretKey key = Key('k');
  const auto chain = MakeChain(key, 1, 3);
  EXPECT_THAT(ParseOutboxFile(SerializeOutboxFile({chain[0], chain[2]})),
              StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseOutboxFile(SerializeOutboxFile({chain[1], chain[0]})),
              StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseOutboxFile(SerializeOutboxFile({chain[0], chain[0]})),
              StatusIs(StatusCode::kInvalidArgument));
  const auto other_ledger = MakeChain(key, 2, 1, chain[0].id(), TestLedger('M'));
  EXPECT_THAT(ParseOutboxFile(SerializeOutboxFile({chain[0], other_ledger[0]})),
              StatusIs(StatusCode::kInvalidArgument));
  const auto unchained = MakeChain(key, 2, 1, *RecordId::FromBytes(std::string(32, 'x')));
  EXPECT_THAT(ParseOutboxFile(SerializeOutboxFile({chain[0], unchained[0]})),
              StatusIs(StatusCode::kInvalidArgument));
}

TEST(OutboxFileTest, RefusesEveryCutAndWhatFollows) {
  const SecretKey key = Key('k');
  const std::string bytes = SerializeOutboxFile(MakeChain(key, 1, 1));
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(ParseOutboxFile(std::string_view(bytes).substr(0, size)).ok()) << size;
  EXPECT_FALSE(ParseOutboxFile(bytes + "x").ok());
}

TEST(OutboxFileTest, RefusesNothingAndTooMuch) {
  const auto count = [](uint32_t n) {
    return Encoder("parley/outbox/v1").Fixed(TestLedger()).U32(n).TakeString();
  };
  EXPECT_THAT(ParseOutboxFile(count(0)), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseOutboxFile(count(0xffffffff)), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseOutboxFile(std::string(kOutboxBytesMax + 1, 'x')),
              StatusIs(StatusCode::kResourceExhausted));
}

TEST(AuthorHeadTest, ComesBackAndRefusesHalfAHead) {
  const SecretKey key = Key('k');
  AuthorHead head{TestLedger(), KeyIdOf(key.public_key()), 7,
                  *RecordId::FromBytes(std::string(32, 'p'))};
  ASSERT_OK_AND_ASSIGN(const AuthorHead back, ParseAuthorHead(SerializeAuthorHead(head)));
  EXPECT_EQ(back.sequence, 7U);
  EXPECT_EQ(back.previous, head.previous);
  head.sequence = 0;
  EXPECT_THAT(ParseAuthorHead(SerializeAuthorHead(head)), StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseAuthorHead(SerializeOutboxFile(MakeChain(key, 1, 1))),
              StatusIs(StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace parley::cli
