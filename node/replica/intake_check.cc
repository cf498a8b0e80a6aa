#include "node/replica/intake_check.h"

#include "ledger/rules/queries.h"
#include "node/replica/work.h"

namespace parley::replica {
namespace {

// A chain that has executed this many times more than is pending holds mostly what is final.
constexpr size_t kStaleFactor = 4;
constexpr size_t kStaleMin = 256;

}  // namespace

Status IntakeCheck::Check(const record::ParsedRecord& record, TimeMs now) {
  const BranchPoint& base = tree_.base();
  const auto author = pending_.authors().find(record.key_id());
  if (author == pending_.authors().end())
    return executor_.CheckRecord(base.tip, base.state, BlockTime(base.tip, now), record);

  auto it = chains_.find(record.key_id());
  if (it != chains_.end() &&
      it->second.executed > kStaleFactor * author->second.size() + kStaleMin) {
    chains_.erase(it);
    it = chains_.end();
  }
  if (it != chains_.end()) {
    RETURN_IF_ERROR(Advance(author->second, now, &it->second));
    const Status s = CheckOn(it->second, record, now);
    if (s.ok() || it->second.base == base.tip.block) return s;
  }
  ASSIGN_OR_RETURN(Chain fresh, Start(record.key_id()));
  RETURN_IF_ERROR(Advance(author->second, now, &fresh));
  Chain& chain = chains_[record.key_id()] = std::move(fresh);
  return CheckOn(chain, record, now);
}

Status IntakeCheck::CheckOn(const Chain& chain, const record::ParsedRecord& record,
                            TimeMs now) const {
  const rules::OverlayState state(*chain.committed, chain.changes);
  return executor_.CheckRecord(chain.tip, state, BlockTime(chain.tip, now), record);
}

StatusOr<IntakeCheck::Chain> IntakeCheck::Start(const KeyId& author) const {
  const BranchPoint& base = tree_.base();
  Chain out;
  out.base = base.tip.block;
  out.committed = base.state.committed();
  out.changes = std::make_shared<rules::StateChanges>();
  out.tip = base.tip;
  const StatusOr<v1::KeyState> key = rules::GetKey(base.state, author);
  if (!key.ok() && !absl::IsNotFound(key.status())) return key.status();
  out.next_sequence = (key.ok() ? key->sequence() : 0) + 1;
  return out;
}

Status IntakeCheck::Advance(const Pending::BySequence& records, TimeMs now, Chain* chain) const {
  auto it = records.find(chain->next_sequence);
  for (; it != records.end() && it->first == chain->next_sequence; ++it) {
    const rules::OverlayState state(*chain->committed, chain->changes);
    StatusOr<rules::ExecutedBlock> block =
        executor_.Trial(chain->tip, state, BlockTime(chain->tip, now), it->second->record);
    if (!block.ok()) return IsStoreFailure(block.status()) ? block.status() : absl::OkStatus();
    for (const auto& [key, value] : block->changes) (*chain->changes)[key] = value;
    chain->tip = std::move(block->tip);
    ++chain->next_sequence;
    ++chain->executed;
  }
  return absl::OkStatus();
}

void IntakeCheck::Trim() {
  std::erase_if(chains_, [&](const auto& c) { return !pending_.authors().contains(c.first); });
}

}  // namespace parley::replica
