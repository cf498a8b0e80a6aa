#include "tests/sim/era.h"

#include "base/check.h"
#include "tests/sim/toy_app.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

std::optional<MemberIndex> Era::IndexOf(size_t machine) const {
  for (size_t i = 0; i < members.size(); ++i) {
    if (members[i].machine == machine) return static_cast<MemberIndex>(i);
  }
  return std::nullopt;
}

std::shared_ptr<const Era> FirstEra(const std::vector<ToyMember>& members) {
  return std::make_shared<const Era>(Era{Epoch{1}, members, ToyGenesis()});
}

std::shared_ptr<const Era> EraAfter(const Block& seal) {
  const auto block = ReadToyBlock(*seal.bytes);
  PARLEY_CHECK(block.ok() && !block->records.empty());
  const auto charter = ReadCharter(block->records.back());
  PARLEY_CHECK(charter.has_value());
  return std::make_shared<const Era>(Era{charter->epoch, charter->members, seal});
}

}  // namespace parley::sim
