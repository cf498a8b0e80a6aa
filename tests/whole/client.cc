#include "tests/whole/client.h"

namespace parley::whole {
namespace {

constexpr size_t kAtOnce = 50;
constexpr uint64_t kAgain_ms = 300;

}  // namespace

void Client::Write(size_t officer, size_t records, size_t characters) {
  for (size_t i = 0; i < records; ++i)
    outbox_.push_back(world_.accord().Report(member_, testing::Accord::OfficerOf(officer),
                                             std::string(characters, 'x')));
  Send();
}

void Client::Propose(size_t officer, const std::string& charter_note) {
  outbox_.push_back(
      world_.accord().ProposeCharter(member_, testing::Accord::OfficerOf(officer), charter_note));
  Send();
}

void Client::Send() {
  if (watch_.HasLeft(member_)) outbox_.clear();
  if (waiting_ || outbox_.empty()) return;
  const auto again = [this] { world_.queue().At(world_.now_ms() + kAgain_ms, [this] { Send(); }); };
  Machine& home = world_.at(member_);
  if (!home.up()) return again();
  std::vector<std::string> batch(
      outbox_.begin(), outbox_.begin() + static_cast<ptrdiff_t>(std::min(kAtOnce, outbox_.size())));
  waiting_ = true;
  const auto done = [this, again](std::vector<replica::SubmitOutcome> outcomes) {
    waiting_ = false;
    for (const replica::SubmitOutcome& o : outcomes) {
      if (!o.status.ok()) {
        if (!absl::IsUnavailable(o.status) && !watch_.HasLeft(member_))
          watch_.Violation(
              fmt::format("m{} refuses its own officer: {}", member_, MessageOf(o.status)));
        return again();
      }
      watch_.Acknowledged(member_, o.id, outbox_.front().size());
      outbox_.pop_front();
    }
    again();
  };
  home.Arrive([&](replica::Replica& r) {
    const Status posted =
        r.Submit(std::move(batch), false, std::chrono::steady_clock::time_point::max(), done);
    if (!posted.ok()) done(std::vector<replica::SubmitOutcome>(1, {{}, posted, {}, false, 0, {}}));
    return posted;
  });
}

}  // namespace parley::whole
