#include "ledger/rules/policy.h"

#include <algorithm>

namespace parley::rules {
namespace {

bool AtLeast(const google::protobuf::RepeatedPtrField<v1::Policy>& policies, size_t k,
             const Charter& charter, const MemberSet& approving) {
  const auto met = std::count_if(policies.begin(), policies.end(), [&](const v1::Policy& policy) {
    return PolicyMet(policy, charter, approving);
  });
  return static_cast<size_t>(met) >= k;
}

bool RoleMet(const v1::Policy::RoleQuorum& quorum, const Charter& charter,
             const MemberSet& approving) {
  const std::vector<std::string> members = charter.MembersOfRole(quorum.role());
  const auto approved =
      std::count_if(members.begin(), members.end(),
                    [&](const std::string& member) { return approving.count(member) > 0; });
  const size_t k = quorum.k() == 0 ? members.size() : quorum.k();
  return static_cast<size_t>(approved) >= k;
}

template <class List>
void AddMembers(const List& policies, const Charter& charter, MemberSet* out) {
  for (const v1::Policy& policy : policies) out->merge(PolicyMembers(policy, charter));
}

template <class List>
std::string DescribeList(const List& policies) {
  std::string out;
  for (const v1::Policy& policy : policies)
    out += (out.empty() ? "" : ", ") + DescribePolicy(policy);
  return "(" + out + ")";
}

}  // namespace

bool PolicyMet(const v1::Policy& policy, const Charter& charter, const MemberSet& approving) {
  switch (policy.kind_case()) {
    case v1::Policy::kMember:
      return approving.count(policy.member()) > 0;
    case v1::Policy::kRole:
      return RoleMet(policy.role(), charter, approving);
    case v1::Policy::kAllOf: {
      const auto& of = policy.all_of().of();
      return AtLeast(of, static_cast<size_t>(of.size()), charter, approving);
    }
    case v1::Policy::kAnyOf:
      return AtLeast(policy.any_of().of(), 1, charter, approving);
    case v1::Policy::kKOf:
      return AtLeast(policy.k_of().of(), policy.k_of().k(), charter, approving);
    case v1::Policy::KIND_NOT_SET:
      break;
  }
  return false;  // charters with such a policy are refused
}

MemberSet PolicyMembers(const v1::Policy& policy, const Charter& charter) {
  MemberSet out;
  switch (policy.kind_case()) {
    case v1::Policy::kMember:
      out.insert(policy.member());
      break;
    case v1::Policy::kRole:
      for (std::string& member : charter.MembersOfRole(policy.role().role()))
        out.insert(std::move(member));
      break;
    case v1::Policy::kAllOf:
      AddMembers(policy.all_of().of(), charter, &out);
      break;
    case v1::Policy::kAnyOf:
      AddMembers(policy.any_of().of(), charter, &out);
      break;
    case v1::Policy::kKOf:
      AddMembers(policy.k_of().of(), charter, &out);
      break;
    case v1::Policy::KIND_NOT_SET:
      break;
  }
  return out;
}

std::string DescribePolicy(const v1::Policy& policy) {
  switch (policy.kind_case()) {
    case v1::Policy::kMember:
      return policy.member();
    case v1::Policy::kRole: {
      const std::string& role = v1::Role_Name(policy.role().role());
      return policy.role().k() == 0 ? fmt::format("every {}", role)
                                    : fmt::format("{} of role {}", policy.role().k(), role);
    }
    case v1::Policy::kAllOf:
      return "all of " + DescribeList(policy.all_of().of());
    case v1::Policy::kAnyOf:
      return "any of " + DescribeList(policy.any_of().of());
    case v1::Policy::kKOf:
      return fmt::format("{} of {}", policy.k_of().k(), DescribeList(policy.k_of().of()));
    case v1::Policy::KIND_NOT_SET:
      break;
  }
  return "nobody";
}

}  // namespace parley::rules
