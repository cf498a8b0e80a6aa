#include "node/replica/ledger_app.h"

#include "crypto/encoding.h"

namespace parley::replica {

using consensus::Block;
using consensus::Content;

Block ToBlock(const LedgerId& ledger, const rules::BlockHeader& header, std::string bytes) {
  Block out;
  out.id = header.Id(ledger);
  out.parent = header.parent;
  out.height = consensus::Height{header.height};
  out.epoch = consensus::Epoch{header.epoch};
  out.seal = header.seal;
  out.bytes = std::make_shared<const std::string>(std::move(bytes));
  return out;
}

StatusOr<Block> LedgerApp::Parse(std::string bytes) {
  ASSIGN_OR_RETURN(const rules::RawBlock raw, rules::RawBlock::Decode(ledger(), bytes));
  return ToBlock(ledger(), raw.header, std::move(bytes));
}

bool LedgerApp::IsLink(const std::string& bytes) {
  Decoder in(AsBytes(bytes));
  return in.Var(bytes.size()).ok() && in.remaining() == 0;
}

StatusOr<Block> LedgerApp::ParseLink(const std::string& bytes) {
  Decoder in(AsBytes(bytes));
  ASSIGN_OR_RETURN(const ByteSpan encoded, in.Var(bytes.size()), "header");
  RETURN_IF_ERROR(in.Finish(), "header");
  ASSIGN_OR_RETURN(const rules::BlockHeader header, rules::BlockHeader::Decode(ledger(), encoded));
  Block out = ToBlock(ledger(), header, "");
  out.bytes = nullptr;
  return out;
}

Content LedgerApp::Check(const Block& block) {
  if (tree_.Find(block.id) != nullptr) return Content::kValid;
  BranchPoint* parent = tree_.Find(block.parent);
  if (parent == nullptr || tree_.full()) return Content::kUnknown;
  const std::chrono::nanoseconds started = clock_.Stopwatch();
  StatusOr<rules::RawBlock> raw = rules::RawBlock::Decode(ledger(), *block.bytes);
  if (!raw.ok()) return Content::kInvalid;
  rules::BlockInput input{{}, std::move(raw->proofs)};
  input.records.reserve(raw->envelopes.size());
  for (std::string& envelope : raw->envelopes) {
    StatusOr<record::ParsedRecord> record = record::ParsedRecord::Parse(std::move(envelope));
    if (!record.ok()) return Content::kInvalid;
    input.records.push_back(std::move(*record));
  }
  StatusOr<rules::ExecutedBlock> executed =
      executor_.Execute(parent->tip, parent->state, raw->header.time, std::move(input));
  if (!executed.ok() && IsStoreFailure(executed.status())) {
    on_failure_(executed.status());
    return Content::kUnknown;
  }
  if (!executed.ok() || executed->header != raw->header) return Content::kInvalid;
  work_.NoteCost(executed->records.size(), clock_.Stopwatch() - started);
  tree_.Add(*parent, std::move(*executed));
  return Content::kValid;
}

std::optional<bool> LedgerApp::BreaksRules(const Block& block) {
  BranchPoint* parent = tree_.Find(block.parent);
  if (parent == nullptr) return std::nullopt;
  const StatusOr<bool> breaks = executor_.BreaksRules(parent->tip, parent->state, *block.bytes);
  if (IsStoreFailure(breaks.status())) on_failure_(breaks.status());
  return breaks.ok() ? std::optional(*breaks) : std::nullopt;
}

bool LedgerApp::TimeAcceptable(const Block& block) {
  const StatusOr<rules::RawBlock> raw = rules::RawBlock::Decode(ledger(), *block.bytes);
  if (!raw.ok()) return false;
  const BranchPoint* parent = tree_.Find(block.parent);
  if (parent == nullptr) return false;
  return IsTimely(*parent, raw->header.time);
}

bool LedgerApp::IsTimely(const BranchPoint& parent, TimeMs block_time) {
  const auto charter = executor_.charters().InForce(parent.state);
  if (!charter.ok()) return false;
  const v1::Timing& timing = (*charter)->proto().timing();
  const uint64_t time = ToInt(block_time);
  // The least time that may follow is never too far ahead: nobody could offer less. When all clocks
  // were ahead once, ledger time stands nearly still until they have come there, and the ledger
  // goes on.
  const bool least = time == ToInt(parent.tip.time) + 1;
  if ((least || time <= ToInt(now_) + timing.clock_skew_max_ms()) &&
      time + timing.clock_lag_max_ms() >= ToInt(now_))
    return true;
  difference_ = static_cast<int64_t>(time - ToInt(now_));
  return false;
}

std::optional<Block> LedgerApp::Build(const BlockId& parent, consensus::Epoch epoch) {
  BranchPoint* point = tree_.Find(parent);
  if (point == nullptr || tree_.full()) return std::nullopt;
  // What this node would refuse in others it does not propose.
  if (!IsTimely(*point, BlockTime(point->tip, now_))) return std::nullopt;
  std::optional<rules::ExecutedBlock> built = work_.Build(*point, now_, clock_.Steady());
  if (!built.has_value() || built->header.epoch != ToInt(epoch)) return std::nullopt;
  rules::RawBlock raw{built->header, {}, built->proofs};
  raw.envelopes.reserve(built->records.size());
  for (const record::ParsedRecord& r : built->records) raw.envelopes.push_back(r.envelope());
  Block out = ToBlock(ledger(), raw.header, raw.Encode(ledger()));
  tree_.Add(*point, std::move(*built));
  return out;
}

bool LedgerApp::HasWork(const BlockId& parent) {
  BranchPoint* point = tree_.Find(parent);
  return point != nullptr && work_.Has(*point, now_);
}

}  // namespace parley::replica
