// parley status | watch

#include <iostream>

#include "base/time.h"
#include "tools/parley/message_json.h"
#include "tools/parley/quantity.h"
#include "tools/parley/registry.h"
#include "tools/parley/session.h"
#include "tools/parley/show.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

struct StatusOptions {
  ConnectOptions connect;
};

std::string When(uint64_t ms) {
  if (ms == 0 || ms > ToInt(kTimeMax)) return "never";
  return ShortTime(static_cast<TimeMs>(ms));
}

std::string CatchUpText(uint64_t height, const v1::CatchUp& c) {
  std::string out = "catches up  ";
  if (c.blocks_left() == 0) {
    out += "others are in a later epoch";
  } else {
    out += fmt::format("{} blocks left: height {} of {}", c.blocks_left(), height,
                       c.certified_height());
  }
  out += fmt::format("; {} entries in {:.1f} s", c.entries_done(),
                     static_cast<double>(c.elapsed_ms()) / 1'000);
  if (c.seconds_left() > 0) out += fmt::format(", about {} s to go", c.seconds_left());
  if (!c.from().empty()) out += fmt::format("; asks {}", Printable(c.from()));
  return out + "\n";
}

std::string StatusText(const v1::GetStatusResponse& s) {
  std::string out = fmt::format(
      "{} of {}\nledger      {} entries, {} under the newest checkpoint, ledger time {}\n"
      "consensus   height {}, view {}, leader {}, {}\npending     {} records\n",
      Printable(s.member()), Printable(s.origin()), s.size(), s.checkpoint_size(),
      When(s.time_ms()), s.height(), s.view(), Printable(s.leader()),
      s.voting() ? "voting" : "not voting", s.pending_records());
  if (s.has_catch_up()) out += CatchUpText(s.height(), s.catch_up());
  if (!s.waiting_for().empty()) out += fmt::format("waits for   {}\n", Printable(s.waiting_for()));
  for (const std::string& alarm : s.alarms())
    out += fmt::format("ALARM       {}\n", Printable(alarm));
  for (const std::string& notice : s.notices())
    out += fmt::format("notice      {}\n", Printable(notice));
  for (const v1::ProvenMisbehaviour& p : s.proven())
    out += fmt::format("PROVEN      against {}: {} ({} on the ledger, the first in entry {})\n",
                       Printable(p.member()), Printable(fmt::to_string(fmt::join(p.kinds(), ", "))),
                       p.proofs(), p.first_index());
  if (s.evidence_count() > 0)
    out += fmt::format("EVIDENCE    this node has found {} proofs of misbehaviour in this epoch\n",
                       s.evidence_count());
  std::vector<std::vector<std::string>> rows = {
      {"member", "", "height", "cosigned", "last vote", "last cosignature"}};
  for (const v1::PeerStatus& p : s.peers())
    rows.push_back({p.member(), p.connected() ? "connected" : "not connected",
                    std::to_string(p.height()), std::to_string(p.cosigned_size()),
                    When(p.last_voted_ms()), When(p.last_cosigned_ms())});
  return out + "\n" + Table(rows);
}

StatusOr<Result> ShowStatus(const StatusOptions& o) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::Open(o.connect));
  ASSIGN_OR_RETURN(rpc::Client* const client, session->Client());
  ASSIGN_OR_RETURN(const v1::GetStatusResponse status, client->GetStatus());
  if (status.ledger_id() != session->charter().ledger_id().ToString())
    return FailedPrecondition(fmt::format("{} keeps another ledger ({}) than the profile's charter",
                                          client->target(),
                                          HexEncode(AsBytes(status.ledger_id()))));
  Result r;
  r.data = MessageToJson(status);
  r.text = StatusText(status);
  return r;
}

struct WatchOptions {
  ConnectOptions connect;
  std::string from, count;
};

// Entries as they become final, one line each; with --json all of them in one object at the end.
StatusOr<Result> Watch(const WatchOptions& o, bool json) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::Open(o.connect));
  ASSIGN_OR_RETURN(rpc::Client* const client, session->Client());
  uint64_t next = 0;
  if (o.from.empty()) {
    ASSIGN_OR_RETURN(const v1::GetStatusResponse status, client->GetStatus());
    next = status.size();
  } else {
    ASSIGN_OR_RETURN(next, ParseCount(o.from, 999'999'999'999, "--from"));
  }
  uint64_t left = UINT64_MAX;
  if (!o.count.empty()) {
    ASSIGN_OR_RETURN(left, ParseCount(o.count, 1'000'000, "--count"));
  }
  Result r;
  r.data = {{"entries", Json::array()}};
  const Status ended =
      left == 0 ? absl::OkStatus()
                : client->Watch(next, session->timeout(), [&](const v1::WatchResponse& w) {
                    if (json) {
                      r.data["entries"].push_back(EntryJson(w.entry()));
                    } else {
                      std::cout << Table({EntryRow(w.entry())}) << std::flush;
                    }
                    return --left > 0;
                  });
  // Its time is up: that is how a watch ends.
  if (!ended.ok() && !absl::IsDeadlineExceeded(ended)) return ended;
  return r;
}

}  // namespace

void AddStatusCommands(Registry& registry) {
  Command status = registry.Add(registry.app(), "status", "Says how a node and its ledger stand",
                                "  parley status --profile anna.profile\n");
  auto s = std::make_shared<StatusOptions>();
  AddConnectOptions(status, &s->connect);
  registry.Run(status, s, ShowStatus);

  Command watch = registry.Add(registry.app(), "watch", "Shows entries as they become final",
                               "  parley watch --profile anna.profile --timeout 8h\n"
                               "  parley watch --profile anna.profile --from 0 --count 20\n");
  auto w = std::make_shared<WatchOptions>();
  AddConnectOptions(watch, &w->connect);
  watch.AddOption("--from", w->from, "First entry (default: the next one)");
  watch.AddOption("--count", w->count, "Stop after so many");
  const Command app = registry.app();
  registry.Run(watch, w,
               [app](const WatchOptions& o) { return Watch(o, app.GetOption("--json").given()); });
}

}  // namespace parley::cli
