// The few rows that say whose database this is and where its ledger stands.

#include <set>

#include "crypto/encoding.h"
#include "ledger/record/record.h"
#include "ledger/store/database_audit.h"
#include "ledger/store/ledger_keys.h"
#include "ledger/store/open.h"

namespace parley::store {
namespace {

class MetaPass {
 public:
  explicit MetaPass(DatabaseAudit& audit) : audit_(audit) {}

  void Run() {
    audit_.ForEachRow(Family::kMeta, [&](std::string_view key, std::string_view value) {
      seen_.emplace(key);
      Take(key, value);
    });
    for (const std::string_view key : {kTipKey, kLedgerKey, kMemberKey}) {
      if (!seen_.contains(std::string(key))) Add(key, "it is missing");
    }
  }

 private:
  void Add(std::string_view key, std::string detail) {
    audit_.Add("meta", std::move(detail), Family::kMeta, key);
  }

  void Take(std::string_view key, std::string_view value) {
    if (key == kTipKey) return Tip(value);
    if (key == kLedgerKey) {
      const auto id = LedgerId::FromBytes(value);
      if (!id.ok() || *id != audit_.founding().ledger_id())
        Add(key, fmt::format("it says {}, the charter's ledger id is {}", HexEncode(AsBytes(value)),
                             audit_.founding().ledger_id()));
    } else if (key == kMemberKey) {
      Member(value);
    } else if (key == "format") {
      if (value != BigEndian64(kFormatVersion)) Add(key, "no format of this program");
    } else if (key == "votes" || key == "generation") {
      if (!ParseBigEndian64(value).ok()) Add(key, "it is no count");
    } else if (key.starts_with("two-records/")) {
      TwoRecords(key, value);
    } else if (!key.starts_with("no-votes/") ||
               !PublicKey::FromHex(key.substr(std::string_view("no-votes/").size())).ok()) {
      audit_.Stray(Family::kMeta, key, "nothing that a node keeps of itself");
    }
  }

  void Member(std::string_view name) {
    for (const archive::CharterSpan& span : audit_.replayed.charters) {
      if (span.charter->FindMember(name) != nullptr) return;
    }
    Add(kMemberKey, fmt::format("\"{}\" was never a member", name));
  }

  void Tip(std::string_view value) {
    const StatusOr<rules::LedgerTip> tip = DecodeTip(value);
    if (!tip.ok()) return Add(kTipKey, MessageOf(tip.status()));
    const auto& blocks = audit_.replayed.blocks;
    if (blocks.empty()) return;
    std::vector<std::string> wrong;
    const auto compare = [&](std::string_view field, const auto& is, const auto& want) {
      if (is != want)
        wrong.push_back(fmt::format("its {} is {}, it should be {}", field, is, want));
    };
    const auto& [height, last] = *blocks.rbegin();
    compare("height", tip->height, height);
    compare("number of entries", tip->size, audit_.count);
    compare("block", tip->block, audit_.last_block);
    compare("state digest", tip->digest,
            last.executed ? last.header.state_digest : audit_.last_digest);
    compare("tree root", tip->tree.Root(), last.header.tree_root);
    if (last.whole) {
      compare("time", FormatTime(tip->time), FormatTime(last.header.time));
      compare("last entry", tip->last_entry, audit_.replayed.last_entry);
    }
    if (!wrong.empty()) Add(kTipKey, fmt::format("{}", fmt::join(wrong, "; ")));
  }

  // Two records with one number, by one key.
  void TwoRecords(std::string_view key, std::string_view value) {
    Decoder in(AsBytes(value));
    const auto read = [&]() -> StatusOr<record::ParsedRecord> {
      ASSIGN_OR_RETURN(const ByteSpan envelope, in.Var(value.size()));
      return record::ParsedRecord::Parse(std::string(AsText(envelope)));
    };
    const auto first = read();
    const auto second = read();
    if (!first.ok() || !second.ok() || !in.Finish().ok() || first->id() == second->id() ||
        first->key_id() != second->key_id() || first->sequence() != second->sequence() ||
        key != "two-records/" + first->key_id().ToHex())
      Add(key, "no proof that its key signed two records with one number");
  }

  DatabaseAudit& audit_;
  std::set<std::string> seen_;
};

}  // namespace

void CheckMeta(DatabaseAudit& audit) { MetaPass(audit).Run(); }

}  // namespace parley::store
