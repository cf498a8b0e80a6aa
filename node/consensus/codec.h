#pragma once

// The bytes of consensus values: what is signed or hashed (slots, votes, justifications), and what
// goes over the wire and to disk (certificates, messages, proofs of misbehaviour, stored slots).
// Grammar in docs/formats.md. Everything is strict: a decoder uses every byte, refuses what an
// encoder would not write, and checks lengths before it copies, so each value has one encoding.
//
// Everything that is signed or hashed starts with its domain and the ledger id: a vote for one
// ledger is void in any other.

#include <string>

#include "base/status.h"
#include "node/consensus/application.h"
#include "node/consensus/messages.h"
#include "node/consensus/persist.h"
#include "node/consensus/ranges.h"

namespace parley::consensus {

// The bytes a member signs for a vote; domain "parley/vote/v1".
Bytes VoteBytes(const LedgerId& ledger_id, const Vote& vote);

// A slot's bytes (domain "parley/slot/v1") and their SHA-256.
Bytes SlotBytes(const LedgerId& ledger_id, const Slot& slot);
SlotId SlotIdOf(const LedgerId& ledger_id, const Slot& slot);

// A justification's bytes (domain "parley/justification/v1") and their SHA-256.
Bytes JustificationBytes(const LedgerId& ledger_id, const Justification& justification);
Hash JustificationHash(const LedgerId& ledger_id, const Justification& justification);

// Where a node keeps its own vote, or the certificate of such votes: epoch, view and kind, and of a
// range, which belongs to its last view, the first one as well; integers big-endian.
std::string PlaceOf(const Vote& vote);

// True when the vote could have come from a decoder: a known kind, view at least 1, no slot, height
// or block in a nullify or range vote, and a proper range in the latter only.
bool IsWellFormed(const Vote& vote);
// The same for a certificate: well-formed vote, 1 to kMembersMax signers in ascending order.
bool IsWellFormed(const Certificate& certificate);

// The vote a member casts for a slot: its height and block stand in it in clear.
Vote VoteFor(const LedgerId& ledger_id, VoteKind kind, const Slot& slot);
Vote NullifyVote(Epoch epoch, View view);
Vote NullifyRangeVote(Epoch epoch, const ViewRange& range);

// Standalone certificate; domain "parley/certificate/v1".
std::string EncodeCertificate(const LedgerId& ledger_id, const Certificate& certificate);
StatusOr<Certificate> DecodeCertificate(const LedgerId& ledger_id, ByteSpan bytes);

// Standalone signed vote, as a node keeps its own; domain "parley/signed-vote/v1".
std::string EncodeSignedVote(const LedgerId& ledger_id, const SignedVote& vote);
StatusOr<SignedVote> DecodeSignedVote(const LedgerId& ledger_id, ByteSpan bytes);

// Standalone proof of misbehaviour; domain "parley/evidence/v1".
std::string EncodeEvidence(const LedgerId& ledger_id, const Evidence& evidence);
StatusOr<Evidence> DecodeEvidence(const LedgerId& ledger_id, ByteSpan bytes);

// A slot with its justification and the proposer's signature, as kept for ever; domain
// "parley/stored-slot/v1".
std::string EncodeStoredSlot(const LedgerId& ledger_id, const persist::StoredSlot& slot);
StatusOr<persist::StoredSlot> DecodeStoredSlot(const LedgerId& ledger_id, ByteSpan bytes);

// A message between members; domain "parley/consensus/v1". At most kConsensusMessageBytesMax bytes;
// blocks inside go through application.Parse, whose refusal refuses the message.
std::string EncodeMessage(const LedgerId& ledger_id, const Message& message);
StatusOr<Message> DecodeMessage(const LedgerId& ledger_id, ByteSpan bytes,
                                Application& application);

}  // namespace parley::consensus
