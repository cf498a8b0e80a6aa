#include "node/rpc/roster.h"

#include <utility>

namespace parley::rpc {
namespace {

void AddOthers(const rules::Charter* charter, Roster* roster) {
  if (charter == nullptr) return;
  for (const rules::CharterMember& member : charter->members()) {
    if (roster->Find(member.name) == nullptr)
      roster->members.push_back({member.name, member.ca_certificate, /*former=*/true});
  }
}

}  // namespace

const MemberCa* Roster::Find(std::string_view member) const {
  for (const MemberCa& known : members)
    if (known.member == member) return &known;
  return nullptr;
}

Roster MakeRoster(const rules::Charter& charter, const rules::Charter* before,
                  const rules::Charter* newest) {
  Roster roster;
  for (const rules::CharterMember& member : charter.members())
    roster.members.push_back({member.name, member.ca_certificate, /*former=*/false});
  AddOthers(before, &roster);
  if (newest != nullptr && newest->version() > charter.version()) AddOthers(newest, &roster);
  return roster;
}

FollowedRoster::FollowedRoster(const replica::Replica& replica,
                               std::optional<rules::Charter> newest)
    : replica_(replica), newest_(std::move(newest)), roster_(std::make_shared<const Roster>()) {}

std::shared_ptr<const Roster> FollowedRoster::Current() const {
  const std::shared_ptr<const replica::Published> latest = replica_.Latest();
  const MutexLock lock(&mu_);
  // Somebody who looked earlier may come later: only a later charter counts.
  if (latest == nullptr || latest->charter->version() <= version_) return roster_;
  version_ = latest->charter->version();
  Roster now = MakeRoster(*latest->charter, latest->before.get(), newest_ ? &*newest_ : nullptr);
  if (now.members != roster_->members) roster_ = std::make_shared<const Roster>(std::move(now));
  return roster_;
}

}  // namespace parley::rpc
