#include "tests/sim/toy_app.h"

#include <charconv>

namespace parley::sim {
namespace {

constexpr size_t kRecordsPerBlock = 4;
constexpr uint64_t kClockBound_ms = 15'000;

std::string Join(const std::vector<std::string>& records) {
  std::string out;
  for (const std::string& r : records) out += r + "\n";
  return out;
}

std::string HeaderOf(const ToyBlock& b) {
  return fmt::format("toy\n{}\n{}\n{}\n{}\n{}\n", b.parent.ToHex(), b.height, b.epoch, b.time,
                     Sha256<Hash>(AsBytes(Join(b.records))).ToHex());
}

bool TakeLine(std::string_view& in, std::string_view& line) {
  const size_t end = in.find('\n');
  if (end == std::string_view::npos) return false;
  line = in.substr(0, end);
  in.remove_prefix(end + 1);
  return true;
}

bool TakeNumber(std::string_view& in, uint64_t& out) {
  std::string_view line;
  if (!TakeLine(in, line) || line.empty()) return false;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), out);
  return error == std::errc() && end == line.data() + line.size();
}

}  // namespace

consensus::Block MakeToyBlock(const ToyBlock& b) {
  const std::string header = HeaderOf(b);
  consensus::Block out;
  out.id = Sha256<BlockId>(AsBytes(header));
  out.parent = b.parent;
  out.height = b.height;
  out.epoch = b.epoch;
  out.seal = !b.records.empty() && ReadCharter(b.records.back()).has_value();
  out.bytes = std::make_shared<const std::string>(header + Join(b.records));
  return out;
}

StatusOr<ToyBlock> ReadToyBlock(const std::string& bytes) {
  const Status bad = InvalidArgument("toy block: malformed");
  std::string_view in = bytes, line;
  ToyBlock b;
  uint64_t height = 0, epoch = 0, time = 0;
  if (!TakeLine(in, line) || line != "toy" || !TakeLine(in, line)) return bad;
  ASSIGN_OR_RETURN(b.parent, BlockId::FromHex(line));
  if (!TakeNumber(in, height) || !TakeNumber(in, epoch) || !TakeNumber(in, time)) return bad;
  b.height = consensus::Height{height};
  b.epoch = consensus::Epoch{epoch};
  b.time = TimeMs{time};
  std::string_view digest;
  if (!TakeLine(in, digest)) return bad;
  if (digest != Sha256<Hash>(AsBytes(in)).ToHex()) return bad;  // binds the body
  while (!in.empty()) {
    if (!TakeLine(in, line)) return bad;
    b.records.emplace_back(line);
  }
  if (HeaderOf(b) + Join(b.records) != bytes) return bad;
  return b;
}

StatusOr<consensus::Block> ParseToyBlock(std::string bytes) {
  ASSIGN_OR_RETURN(const ToyBlock b, ReadToyBlock(bytes));
  return MakeToyBlock(b);
}

consensus::Block ToyGenesis() { return MakeToyBlock({}); }

ToyApp::ToyApp() { executed_[ToyGenesis().id] = {}; }

void ToyApp::Deliver(const consensus::Block& block) {
  const auto b = ReadToyBlock(*block.bytes);
  if (!b.ok()) return;
  for (const std::string& r : b->records) pending_.erase(r);
  if (!block.seal) return;
  std::erase_if(pending_, [&](const std::string& r) {
    const auto charter = ReadCharter(r);
    return charter && ToInt(charter->epoch) <= ToInt(b->epoch) + 1;
  });
}

StatusOr<consensus::Block> ToyApp::Parse(std::string bytes) {
  return ParseToyBlock(std::move(bytes));
}

bool ToyApp::Execute(const ToyBlock& b, State& state) {
  if (b.records.empty() || b.time <= state.time || ToInt(b.height) != ToInt(state.height) + 1)
    return false;
  for (const std::string& r : b.records) {
    if (!state.records.insert(r).second) return false;
    if (!LooksLikeCharter(r)) continue;
    const auto charter = ReadCharter(r);
    if (!charter || &r != &b.records.back() || ToInt(charter->epoch) != ToInt(b.epoch) + 1)
      return false;
    state.epoch = charter->epoch;
  }
  state.height = b.height;
  state.time = b.time;
  return true;
}

consensus::Content ToyApp::Check(const consensus::Block& block) {
  ++checks_;
  const auto b = ReadToyBlock(*block.bytes);
  if (!b.ok()) return consensus::Content::kInvalid;
  const auto parent = executed_.find(b->parent);
  if (parent == executed_.end()) return consensus::Content::kUnknown;
  State state = parent->second;
  if (!Execute(*b, state)) return consensus::Content::kInvalid;
  executed_[block.id] = std::move(state);
  return consensus::Content::kValid;
}

std::optional<bool> ToyApp::BreaksRules(const consensus::Block& block) {
  const auto b = ReadToyBlock(*block.bytes);
  if (!b.ok()) return true;
  const auto parent = executed_.find(b->parent);
  if (parent == executed_.end()) return std::nullopt;
  State state = parent->second;
  return !Execute(*b, state);
}

bool ToyApp::TimeAcceptable(const consensus::Block& block) {
  const auto b = ReadToyBlock(*block.bytes);
  if (!b.ok()) return false;
  const auto parent = executed_.find(b->parent);
  // As the ledger's rule: the least time that may follow is never too far ahead.
  const bool least = parent != executed_.end() && ToInt(b->time) == ToInt(parent->second.time) + 1;
  return (least || ToInt(b->time) <= ToInt(now_) + kClockBound_ms) &&
         ToInt(b->time) + kClockBound_ms >= ToInt(now_);
}

std::vector<std::string> ToyApp::Fresh(const State& state) const {
  std::vector<std::string> out;
  std::optional<std::string> charter;
  for (const std::string& r : pending_) {
    if (state.records.contains(r)) continue;
    if (LooksLikeCharter(r)) {
      const auto read = ReadCharter(r);
      if (read && read->epoch == consensus::Epoch{ToInt(state.epoch) + 1}) charter = r;
    } else if (out.size() < kRecordsPerBlock) {
      out.push_back(r);
    }
  }
  if (charter) out.push_back(*charter);
  return out;
}

std::optional<consensus::Block> ToyApp::Build(const BlockId& parent, consensus::Epoch epoch) {
  const auto it = executed_.find(parent);
  if (it == executed_.end()) return std::nullopt;
  ToyBlock b;
  b.records = Fresh(it->second);
  if (b.records.empty()) return std::nullopt;
  b.parent = parent;
  b.height = static_cast<consensus::Height>(ToInt(it->second.height) + 1);
  b.epoch = epoch;
  b.time = std::max(now_, static_cast<TimeMs>(ToInt(it->second.time) + 1));
  return MakeToyBlock(b);
}

bool ToyApp::HasWork(const BlockId& parent) {
  const auto it = executed_.find(parent);
  return it != executed_.end() && !Fresh(it->second).empty();
}

}  // namespace parley::sim
