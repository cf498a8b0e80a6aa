// parleyd's configuration: whatever is accepted holds its promises.

#include "base/limits.h"
#include "crypto/bytes.h"
#include "node/config/address.h"
#include "node/config/node_config.h"
#include "tests/fuzz/fuzz_target.h"

FUZZ_TARGET(node_config) {
  const std::string_view text = parley::AsText({data, size});
  const auto config = parley::ParseNodeConfig(text, "fuzz", "/folder");
  if (!config.ok()) {
    if (parley::MessageOf(config.status()).rfind("fuzz:", 0) != 0) __builtin_trap();
    return 0;
  }
  if (config->member.empty() || config->peers.size() >= parley::limits::kMembersMax)
    __builtin_trap();
  if (!parley::CheckAddress(config->listen, parley::PortZero::kAllowed).ok()) __builtin_trap();
  for (const auto& peer : config->peers) {
    if (!parley::CheckAddress(peer.address, parley::PortZero::kRefused).ok()) __builtin_trap();
    if (peer.member == config->member) __builtin_trap();
  }
  if (!config->charter.is_absolute() || !config->data_dir.is_absolute()) __builtin_trap();
  if (config->view_timeout_ms < 50) __builtin_trap();
  return 0;
}
