#include "base/status.h"

namespace parley {

Status Annotate(const Status& status, const std::string& context) {
  if (status.ok()) return status;
  Status out(status.code(), fmt::format("{}: {}", context, MessageOf(status)));
  status.ForEachPayload(
      [&out](auto url, const absl::Cord& payload) { out.SetPayload(url, payload); });
  return out;
}

}  // namespace parley
