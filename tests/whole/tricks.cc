#include "tests/whole/tricks.h"

#include <algorithm>

#include "ledger/rules/block.h"
#include "node/consensus/codec.h"

namespace parley::whole {

using namespace consensus;  // NOLINT: test support

const char* NameOf(Trick trick) {
  switch (trick) {
    case Trick::kJunk:
      return "junk";
    case Trick::kOwnRecords:
      return "own-records";
    case Trick::kCensor:
      return "censor";
    case Trick::kSilent:
      return "silent";
    case Trick::kLate:
      return "late";
    case Trick::kEquivocate:
      return "equivocate";
    case Trick::kSelective:
      return "selective";
    case Trick::kEpochs:
      return "epochs";
    case Trick::kAccuse:
      return "accuse";
    case Trick::kSelfAccuse:
      return "self-accuse";
    case Trick::kAsk:
      return "ask";
    case Trick::kGarbage:
      return "garbage";
    case Trick::kFlap:
      return "flap";
    case Trick::kFarVotes:
      return "far-votes";
    case Trick::kLateVotes:
      return "late-votes";
    case Trick::kNoBlocks:
      return "no-blocks";
    case Trick::kCount:
      break;
  }
  return "?";
}

std::optional<Trick> TrickOf(std::string_view name) {
  for (unsigned i = 0; i < static_cast<unsigned>(Trick::kCount); ++i) {
    if (NameOf(static_cast<Trick>(i)) == name) return static_cast<Trick>(i);
  }
  return std::nullopt;
}

Evidence BadBlockOfOwn(const LedgerId& ledger, const rules::LedgerTip& tip, Epoch epoch, View view,
                       uint64_t number) {
  rules::RawBlock raw;
  raw.header.height = tip.height + 1;
  raw.header.parent = tip.block;
  raw.header.time = static_cast<TimeMs>(ToInt(tip.time) + number);
  raw.header.first_entry = tip.size;
  raw.header.entry_count = 1;
  raw.envelopes.emplace_back(number % 2 == 0 ? 58'000 : 59'900, 'j');
  raw.header.records_digest = rules::RecordsDigest(raw.envelopes, {});
  Evidence e;
  e.kind = EvidenceKind::kBadBlock;
  Vote& vote = e.first.vote;
  vote.epoch = epoch;
  vote.view = static_cast<View>(ToInt(view) + 1);
  vote.slot = Sha256<SlotId>(AsBytes(fmt::format("of my own {}", number)));
  vote.height = static_cast<Height>(raw.header.height);
  vote.block = raw.header.Id(ledger);
  e.block = std::make_shared<const std::string>(raw.Encode(ledger));
  return e;
}

std::array<Vote, 2> Contradiction(Epoch epoch, View view) {
  const Vote nullify = NullifyVote(epoch, static_cast<View>(ToInt(view) + 2));
  Vote finalize = nullify;
  finalize.kind = VoteKind::kFinalize;
  finalize.slot = Sha256<SlotId>(AsBytes("a slot"));
  finalize.block = Sha256<BlockId>(AsBytes("a block"));
  return {finalize, nullify};
}

std::array<Vote, 2> FarVotes(Epoch epoch, View view, uint64_t views, uint64_t length,
                             uint64_t ranges) {
  const uint64_t far = std::max<uint64_t>(1, ToInt(view) + views);
  const uint64_t first = std::max(length, (ToInt(view) / length + ranges) * length);
  Vote range = NullifyVote(epoch, static_cast<View>(first + length - 1));
  range.kind = VoteKind::kNullifyRange;
  range.first = static_cast<View>(first);
  return {NullifyVote(epoch, static_cast<View>(far)), range};
}

}  // namespace parley::whole
