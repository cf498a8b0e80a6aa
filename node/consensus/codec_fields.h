#pragma once

// The fields of consensus values without their domains: what the encodings of codec.h are made of.
// Internal to the codec. Grammar: VOTE, CERT, JUST and SLOT in docs/formats.md, "Consensus".

#include "crypto/encoding.h"
#include "node/consensus/messages.h"

namespace parley::consensus::fields {

// Each writes what the decoder of the same name reads; a value that is not well formed is written
// all the same and then refused there.
void PutVote(Encoder& out, const Vote& vote);
void PutSignedVote(Encoder& out, const SignedVote& vote);
void PutCertificate(Encoder& out, const Certificate& certificate);
void PutJustification(Encoder& out, const Justification& justification);
void PutSlot(Encoder& out, const Slot& slot);

// Each reads from where `in` stands and leaves it behind what it read. INVALID_ARGUMENT, naming the
// field, when bytes are missing, a number is out of its range, members are not distinct and
// ascending, or a list is longer than base/limits.h allows; `in` is then of no further use.
StatusOr<Vote> TakeVote(Decoder& in);
StatusOr<SignedVote> TakeSignedVote(Decoder& in);
StatusOr<Certificate> TakeCertificate(Decoder& in);
StatusOr<Justification> TakeJustification(Decoder& in);
StatusOr<Slot> TakeSlot(Decoder& in);

// A byte that must be 0 or 1.
StatusOr<bool> TakeFlag(Decoder& in, const char* what);

}  // namespace parley::consensus::fields
