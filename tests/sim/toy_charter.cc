#include "tests/sim/toy_charter.h"

#include <charconv>

#include "base/limits.h"
#include "tests/sim/toy_crypto.h"

namespace parley::sim {
namespace {

constexpr std::string_view kPrefix = "charter:";

std::string Consent(std::string_view body) {
  return fmt::format("{:016x}", SipHash24(0x636f6e73656e74, 0x6f66616c6c, AsBytes(body)));
}

bool Take(std::string_view& in, uint64_t& out, char stop) {
  const auto [end, error] = std::from_chars(in.data(), in.data() + in.size(), out);
  const auto used = static_cast<size_t>(end - in.data());
  if (error != std::errc() || used >= in.size() || *end != stop) return false;
  in.remove_prefix(used + 1);
  return true;
}

}  // namespace

std::vector<ToyMember> FirstMembers(size_t n) {
  std::vector<ToyMember> out;
  for (size_t i = 0; i < n; ++i) out.push_back({i, 0});
  return out;
}

std::vector<PublicKey> KeysOf(const std::vector<ToyMember>& members) {
  std::vector<PublicKey> out;
  for (const ToyMember& m : members) out.push_back(ToyKey(m.machine, m.generation));
  return out;
}

bool LooksLikeCharter(std::string_view record) { return record.starts_with(kPrefix); }

std::string CharterRecord(const ToyCharter& charter) {
  std::string body = fmt::format("{}{}:", kPrefix, charter.epoch);
  for (const ToyMember& m : charter.members) body += fmt::format("{}.{},", m.machine, m.generation);
  return body + ":" + Consent(body);
}

std::optional<ToyCharter> ReadCharter(std::string_view record) {
  if (!LooksLikeCharter(record)) return std::nullopt;
  std::string_view in = record.substr(kPrefix.size());
  uint64_t epoch = 0;
  if (!Take(in, epoch, ':')) return std::nullopt;
  ToyCharter out;
  out.epoch = consensus::Epoch{epoch};
  while (!in.empty() && in.front() != ':') {
    uint64_t machine = 0, generation = 0;
    if (!Take(in, machine, '.') || !Take(in, generation, ',')) return std::nullopt;
    if (!out.members.empty() && out.members.back().machine >= machine) return std::nullopt;
    out.members.push_back({machine, generation});
  }
  if (out.members.empty() || out.members.size() > limits::kMembersMax) return std::nullopt;
  if (CharterRecord(out) != record) return std::nullopt;
  return out;
}

}  // namespace parley::sim
