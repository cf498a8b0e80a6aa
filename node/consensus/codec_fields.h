#pragma once

// The fields of consensus values without their domains: what the encodings of codec.h are made of.
// Internal to the codec.

#include "crypto/encoding.h"
#include "node/consensus/messages.h"

namespace parley::consensus::fields {

void PutVote(Encoder& out, const Vote& vote);
void PutSignedVote(Encoder& out, const SignedVote& vote);
void PutCertificate(Encoder& out, const Certificate& certificate);
void PutJustification(Encoder& out, const Justification& justification);
void PutSlot(Encoder& out, const Slot& slot);

StatusOr<Vote> TakeVote(Decoder& in);
StatusOr<SignedVote> TakeSignedVote(Decoder& in);
StatusOr<Certificate> TakeCertificate(Decoder& in);
StatusOr<Justification> TakeJustification(Decoder& in);
StatusOr<Slot> TakeSlot(Decoder& in);

// A byte that must be 0 or 1.
StatusOr<bool> TakeFlag(Decoder& in, const char* what);

}  // namespace parley::consensus::fields
