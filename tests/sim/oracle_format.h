#pragma once

// The oracle's own reading of docs/formats.md: the bytes of votes, slots, certificates and
// justifications, written a second time and in another way than the code under test.

#include <string>

#include "node/consensus/types.h"

namespace parley::sim::format {

inline std::string Number(uint64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}

inline std::string Head(const std::string& domain) {  // the simulator's ledger id is all zero
  return Number(domain.size(), 4) + domain + std::string(32, '\0');
}

inline std::string VoteBody(const consensus::Vote& v) {
  return Number(static_cast<uint64_t>(v.kind), 1) + Number(ToInt(v.epoch), 8) +
         Number(ToInt(v.view), 8) + v.slot.ToString() +
         Number(static_cast<int>(v.kind) == 4 ? ToInt(v.first) : ToInt(v.height), 8) +
         v.block.ToString();
}

// The first view that a vote speaks of: a range vote is about several.
inline uint64_t FromView(const consensus::Vote& v) {
  return static_cast<int>(v.kind) == 4 ? ToInt(v.first) : ToInt(v.view);
}
inline bool GivesUp(const consensus::Vote& v) {
  return static_cast<int>(v.kind) == 2 || static_cast<int>(v.kind) == 4;
}

inline std::string VoteText(const consensus::Vote& v) {
  return Head("parley/vote/v1") + VoteBody(v);
}

inline std::string SlotText(const consensus::Slot& s) {
  return Head("parley/slot/v1") + Number(ToInt(s.epoch), 8) + Number(ToInt(s.view), 8) +
         Number(static_cast<uint64_t>(s.kind), 1) + Number(ToInt(s.height), 8) +
         s.block.ToString() + Number(ToInt(s.parent_view), 8) + s.parent_slot.ToString() +
         s.justification.ToString();
}

inline std::string CertificateText(const consensus::Certificate& c) {
  std::string out = VoteBody(c.vote) + Number(c.signers.size(), 1);
  for (const auto& s : c.signers) out += Number(ToInt(s.member), 1) + s.signature.ToString();
  return out;
}

inline std::string JustificationText(const consensus::Justification& j) {
  std::string out = Head("parley/justification/v1") + Number(j.parent ? 1 : 0, 1);
  if (j.parent) out += CertificateText(*j.parent);
  out += Number(j.skips.size(), 4);
  for (const auto& c : j.skips) out += CertificateText(c);
  return out;
}

}  // namespace parley::sim::format
