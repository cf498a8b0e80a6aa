#include "node/consensus/certificate_store.h"

namespace parley::consensus {
namespace {

constexpr VoteKind kKinds[] = {VoteKind::kNotarize, VoteKind::kNullify, VoteKind::kFinalize};
size_t IndexOf(VoteKind kind) { return static_cast<size_t>(kind) - 1; }

}  // namespace

const Certificate* CertificateStore::Find(VoteKind kind, View view) const {
  const auto& map = by_kind_[IndexOf(kind)];
  const auto it = map.find(view);
  return it == map.end() ? nullptr : &it->second;
}

bool CertificateStore::Covers(View view) const {
  for (const VoteKind kind : kKinds) {
    if (Find(kind, view) != nullptr) return true;
  }
  return false;
}

void CertificateStore::Add(const Certificate& certificate) {
  by_kind_[IndexOf(certificate.vote.kind)].try_emplace(certificate.vote.view, certificate);
}

std::vector<View> CertificateStore::NotarizedAfter(View after) const {
  std::vector<View> out;
  const auto& map = by_kind_[IndexOf(VoteKind::kNotarize)];
  for (auto it = map.upper_bound(after); it != map.end(); ++it) out.push_back(it->first);
  return out;
}

std::vector<const Certificate*> CertificateStore::OfView(View view) const {
  std::vector<const Certificate*> out;
  for (const VoteKind kind : kKinds) {
    if (const Certificate* c = Find(kind, view)) out.push_back(c);
  }
  return out;
}

void CertificateStore::Prune(View below) {
  for (auto& map : by_kind_) map.erase(map.begin(), map.lower_bound(below));
}

size_t CertificateStore::size() const {
  return by_kind_[0].size() + by_kind_[1].size() + by_kind_[2].size();
}

}  // namespace parley::consensus
