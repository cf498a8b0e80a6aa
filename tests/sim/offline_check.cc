#include "tests/sim/offline_check.h"

#include <set>
#include <sstream>

#include "tests/sim/oracle_format.h"
#include "tests/sim/toy_crypto.h"

namespace parley::sim {

using namespace consensus;  // NOLINT: test support

namespace {

struct Text {  // a block as its lines say it
  std::string header;
  std::string parent;
  uint64_t height = 0;
  uint64_t epoch = 0;
  std::vector<std::string> records;
};

bool Read(const std::string& bytes, Text& out) {
  std::istringstream in(bytes);
  std::string magic, height, epoch, time, digest, line, body;
  std::getline(in, magic);
  std::getline(in, out.parent);
  std::getline(in, height);
  std::getline(in, epoch);
  std::getline(in, time);
  std::getline(in, digest);
  while (std::getline(in, line)) {
    out.records.push_back(line);
    body += line + "\n";
  }
  out.header =
      magic + "\n" + out.parent + "\n" + height + "\n" + epoch + "\n" + time + "\n" + digest + "\n";
  if (magic != "toy" || height.empty() || epoch.empty()) return false;
  out.height = std::stoull(height);
  out.epoch = std::stoull(epoch);
  return digest == Sha256<Hash>(AsBytes(body)).ToHex();
}

class Auditor {
 public:
  explicit Auditor(const std::vector<ToyMember>& members) : members_(members) {}

  std::string Take(const Deliver& d, bool last) {
    Text t;
    ++height_;
    if (!Read(*d.block.bytes, t)) return Wrong("malformed");
    const std::string id = Sha256<Hash>(AsBytes(t.header)).ToHex();
    if (id != d.block.id.ToHex()) return Wrong("its id is not the hash of its header");
    if (height_ > 1 && t.parent != parent_) return Wrong("another parent");
    if (t.height != height_) return Wrong("another height");
    if (t.epoch != epoch_) return Wrong("another epoch");
    parent_ = id;
    const bool seal = !t.records.empty() && t.records.back().starts_with("charter:");
    for (const std::string& r : t.records) {
      if (!seen_.insert(r).second) return Wrong("a record is there twice");
    }
    if (d.finalization) {
      const std::string why = WhyNotFinal(*d.finalization, id);
      if (!why.empty()) return Wrong(why);
    } else if (seal || last) {
      return Wrong("nothing makes it final");
    }
    return seal ? Begin(t.records.back()) : "";
  }

 private:
  std::string Wrong(const std::string& what) const {
    return fmt::format("block at height {}: {}", height_, what);
  }

  std::string Begin(const std::string& record) {
    const auto charter = ReadCharter(record);
    if (!charter || ToInt(charter->epoch) != epoch_ + 1) return Wrong("a seal without a charter");
    ++epoch_;
    view_ = 0;
    members_ = charter->members;
    return "";
  }

  std::string WhyNotFinal(const Certificate& c, const std::string& id) {
    if (c.vote.kind != VoteKind::kFinalize || ToInt(c.vote.epoch) != epoch_)
      return "a certificate of another kind or epoch";
    if (c.vote.block.ToHex() != id || ToInt(c.vote.height) != height_)
      return "a certificate for another block";
    if (ToInt(c.vote.view) <= view_) return "its view is not above the one before";
    view_ = ToInt(c.vote.view);
    std::set<size_t> signers;
    ToyVerifier verifier;
    const std::string text = format::VoteText(c.vote);
    for (const auto& s : c.signers) {
      if (ToInt(s.member) >= members_.size()) return "a stranger signed";
      const ToyMember& m = members_[ToInt(s.member)];
      if (!verifier.Verify(ToyKey(m.machine, m.generation), AsBytes(text), s.signature))
        return "a signature does not verify";
      signers.insert(m.machine);
    }
    if (signers.size() * 3 < members_.size() * 2 + 1) return "too few signers";
    return "";
  }

  std::vector<ToyMember> members_;
  std::string parent_;
  std::set<std::string> seen_;
  uint64_t height_ = 0;
  uint64_t epoch_ = 1;
  uint64_t view_ = 0;
};

}  // namespace

std::string CheckChainOffline(const std::vector<ToyMember>& first_members,
                              const std::vector<Deliver>& chain) {
  Auditor auditor(first_members);
  for (size_t i = 0; i < chain.size(); ++i) {
    const std::string why = auditor.Take(chain[i], i + 1 == chain.size());
    if (!why.empty()) return why;
  }
  return "";
}

}  // namespace parley::sim
