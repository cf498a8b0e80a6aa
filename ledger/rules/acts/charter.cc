// ProposeCharter: collects root signatures on one text, and puts it in force when they suffice.

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "ledger/record/names.h"
#include "ledger/rules/acts/act.h"
#include "ledger/rules/charter_change.h"
#include "ledger/rules/departures.h"
#include "ledger/rules/founding.h"
#include "ledger/rules/state_keys.h"

namespace parley::rules {
namespace {

struct Proposal {
  std::string member;  // whose text it is
  v1::ProposalState state;
};

// The proposal of this very text, whoever made it; nullopt when it is new.
StatusOr<std::optional<Proposal>> FindProposal(const StateView& state, const CharterHash& hash) {
  std::optional<Proposal> out;
  bool readable = true;
  RETURN_IF_ERROR(
      state.Scan(keys::kProposalPrefix, [&](std::string_view key, std::string_view value) {
        Proposal found;
        readable = found.state.ParseFromString(std::string(value));
        if (readable && found.state.hash() == hash.ToString()) {
          found.member = std::string(key.substr(keys::kProposalPrefix.size()));
          out = std::move(found);
        }
        return readable && !out.has_value();
      }));
  if (!readable) return DataLoss("state: a proposed charter is damaged");
  return out;
}

Status DropProposals(Workspace* state) {
  std::vector<std::string> all;
  RETURN_IF_ERROR(state->Scan(keys::kProposalPrefix, [&](std::string_view key, std::string_view) {
    all.emplace_back(key);
    return true;
  }));
  for (const std::string& key : all) state->Erase(key);
  return absl::OkStatus();
}

// The keys of nodes and roots that a charter has, in member order.
std::set<PublicKey> CharterKeys(const Charter& charter) {
  std::set<PublicKey> out;
  for (const CharterMember& member : charter.members())
    out.insert({member.root_key, member.node_key, member.cosigner_key});
  return out;
}

// A key that was ever used for something never comes back: what it signed before would count again.
Status CheckKeysAreNew(const Act& act, const Charter& after) {
  std::set<PublicKey> fresh = CharterKeys(after);
  for (const PublicKey& key : CharterKeys(act.step.charter)) fresh.erase(key);
  for (uint32_t version = 1; version < act.step.charter.version(); ++version) {
    ASSIGN_OR_RETURN(const auto old, act.step.book.Version(act.step.state, version));
    for (const PublicKey& key : CharterKeys(*old))
      if (fresh.contains(key))
        return AlreadyExists(
            fmt::format("charter: key {} was in charter version {} and has been replaced",
                        FingerprintOf(key), version));
  }
  for (const CharterMember& member : after.members()) {  // of members that come
    if (act.step.charter.FindMember(member.name) != nullptr) continue;
    for (const CharterOfficer& officer : member.officers) fresh.insert(officer.key);
  }
  for (const PublicKey& key : fresh) {
    ASSIGN_OR_RETURN(const std::optional<std::string> held,
                     act.step.state.Get(keys::Key(KeyIdOf(key))));
    if (held)
      return AlreadyExists(fmt::format("charter: key {} was enrolled before", FingerprintOf(key)));
  }
  return absl::OkStatus();
}

// No key of the member writes from now on.
Status RevokeAll(const Step& step, const std::string& member, bool root_only) {
  std::vector<v1::KeyState> found;
  bool readable = true;
  RETURN_IF_ERROR(step.state.Scan(keys::kKeyPrefix, [&](std::string_view, std::string_view value) {
    v1::KeyState key;
    readable = key.ParseFromString(std::string(value));
    if (readable && key.member() == member && key.revoked_at_ms() == 0 &&
        (!root_only || key.officer() == record::kRootOfficer))
      found.push_back(std::move(key));
    return readable;
  }));
  if (!readable) return DataLoss("state: a key is damaged");
  for (v1::KeyState& key : found) {
    ASSIGN_OR_RETURN(const PublicKey public_key, PublicKey::FromBytes(key.public_key()));
    key.set_revoked_at_ms(ToInt(step.now));
    step.state.Put(keys::Key(KeyIdOf(public_key)), key);
    if (key.officer() != record::kRootOfficer)
      step.state.Erase(keys::Officer(member, key.officer()));
  }
  return absl::OkStatus();
}

Status ChangeMembers(const Step& step, const Charter& after) {
  for (const CharterMember& old : step.charter.members())
    if (after.FindMember(old.name) == nullptr)
      RETURN_IF_ERROR(RevokeAll(step, old.name, /*root_only=*/false));
  for (const CharterMember& member : after.members()) {
    const CharterMember* old = step.charter.FindMember(member.name);
    if (old == nullptr) {
      PutFoundingKeys(member, step.now, step.index, &step.state);
    } else if (old->root_key != member.root_key) {
      RETURN_IF_ERROR(RevokeAll(step, member.name, /*root_only=*/true));
      PutRootKey(member, step.now, step.index, &step.state);
    }
  }
  return absl::OkStatus();
}

// From when on the member may change its node's keys alone; the beginning of time when it has not
// done so yet: a stolen key cannot wait.
StatusOr<TimeMs> MayRotateFrom(const Step& step, const std::string& member) {
  ASSIGN_OR_RETURN(const auto held,
                   ReadState<v1::RotationState>(step.state, keys::RotatedAlone(member)));
  if (!held.has_value()) return TimeMs{};
  const uint64_t pause_ms = step.charter.proto().timing().rotation_pause_ms();
  return static_cast<TimeMs>(std::min(held->at_ms() + pause_ms, ToInt(kTimeMax)));
}

// Whether the consent suffices now. A member that could end one epoch after the other alone would
// leave nobody the time to say anything in them.
StatusOr<bool> MayAdopt(const Step& step, const Consent& consent) {
  if (!consent.met() || consent.alone.empty()) return consent.met();
  ASSIGN_OR_RETURN(const TimeMs from, MayRotateFrom(step, consent.alone));
  return step.now >= from;
}

// The record that is being entered counts as the proposer's last one, whatever becomes of its key.
Status Adopt(const Act& act, const Charter& after, const std::string& note) {
  const Step& step = act.step;
  RETURN_IF_ERROR(CheckKeysAreNew(act, after));
  RETURN_IF_ERROR(DropProposals(&step.state));
  RETURN_IF_ERROR(ChangeMembers(step, after));
  // The entry after the record's says so and brings it into force.
  PutCharter(after, note, {step.index + 1, step.height, step.now}, &step.state);
  for (const CharterMember& old : step.charter.members())
    if (after.FindMember(old.name) == nullptr) RETURN_IF_ERROR(ReleaseDeparted(step, old.name));
  return absl::OkStatus();
}

}  // namespace

Status ApplyProposeCharter(const Act& act) {
  const Step& step = act.step;
  const std::string& bytes = act.body().propose_charter().charter_note();
  ASSIGN_OR_RETURN(note::SignedNote note, note::SignedNote::Parse(bytes), "charter_note");
  ASSIGN_OR_RETURN(const Charter after, Charter::ParseText(note.text()));
  RETURN_IF_ERROR(CheckSuccessor(step.charter, after));
  RETURN_IF_ERROR(JudgeConsent(step.charter, after, note).status());
  ASSIGN_OR_RETURN(std::optional<Proposal> held, FindProposal(step.state, after.hash()));
  bool adds_nothing = false;
  if (held) {
    ASSIGN_OR_RETURN(const note::SignedNote before, note::SignedNote::Parse(held->state.note()));
    ASSIGN_OR_RETURN(note, MergeNotes(before, note));
    adds_nothing = note == before;
  } else {
    held = Proposal{act.member(), {}};
    held->state.set_hash(after.hash().ToString());
    held->state.set_record_id(act.record.id().ToString());
    held->state.set_index(step.index);
    ASSIGN_OR_RETURN(note, MergeNotes(note, note));
  }
  ASSIGN_OR_RETURN(const Consent consent, JudgeConsent(step.charter, after, note));
  held->state.set_note(note.Serialize());
  if (held->state.note().size() > limits::kCharterNoteBytesMax)
    return InvalidArgument(fmt::format("charter_note: with all signatures {} bytes, at most {}",
                                       held->state.note().size(), limits::kCharterNoteBytesMax));
  ASSIGN_OR_RETURN(const bool adopt, MayAdopt(step, consent));
  if (adopt) {
    RETURN_IF_ERROR(Adopt(act, after, held->state.note()));
    if (!consent.alone.empty()) {
      v1::RotationState rotated;
      rotated.set_at_ms(ToInt(step.now));
      step.state.Put(keys::RotatedAlone(consent.alone), rotated);
    }
    return absl::OkStatus();
  }
  if (adds_nothing && !consent.alone.empty()) {
    ASSIGN_OR_RETURN(const TimeMs from, MayRotateFrom(step, consent.alone));
    return FailedPrecondition(fmt::format(
        "charter_note: {} has changed its keys alone lately and may do so again from {} "
        "on; sooner with the consent of the others, for which it is proposed already",
        consent.alone, FormatTime(from)));
  }
  if (adds_nothing)
    return AlreadyExists("charter_note: it adds no signature to what was proposed before");
  step.state.Put(keys::Proposal(held->member), held->state);
  return absl::OkStatus();
}

}  // namespace parley::rules
