#include "tests/replica/network.h"

#include <filesystem>

namespace parley::testing {

namespace {
constexpr std::chrono::seconds kPatience{20};
std::string Index(size_t i) { return Accord::NameOf(i); }
size_t NumberOf(const std::string& name) { return std::stoul(name.substr(1)); }
}  // namespace

class Network::Link final : public replica::Transport {
 public:
  Link(Network& network, size_t self) : network_(network), self_(self) {}

  void SendConsensus(const std::string& to, std::shared_ptr<const std::string> message) override {
    const auto call = [from = Index(self_), message](replica::Replica& r) {
      static_cast<void>(r.OnConsensus(from, *message));
    };
    {
      const std::lock_guard lock(network_.mu_);
      Node& receiver = *network_.nodes_[NumberOf(to)];
      if (receiver.hold) return receiver.held.push_back(call);
    }
    network_.Post(self_, NumberOf(to), call);
  }
  void SendRecords(const std::string& to,
                   std::shared_ptr<const std::vector<std::string>> envelopes) override {
    network_.Post(self_, NumberOf(to), [from = Index(self_), envelopes](auto& r) {
      static_cast<void>(r.OnRecords(from, *envelopes));
    });
  }
  void SendCheckpoint(const std::string& to, std::shared_ptr<const std::string> note) override {
    {
      const std::lock_guard lock(network_.mu_);
      ++network_.nodes_[self_]->sent_checkpoints;
      network_.nodes_[self_]->last_checkpoint = *note;
    }
    network_.Post(self_, NumberOf(to), [from = Index(self_), note](auto& r) {
      static_cast<void>(r.OnCheckpoint(from, *note));
    });
  }
  void FetchBlocks(const std::string& from, uint64_t first_height) override {
    const size_t me = self_;
    Network& network = network_;
    network_.Post(self_, NumberOf(from), [me, from, first_height, &network](auto& r) {
      const auto latest = r.Latest();
      auto range = replica::ReadBlocks(*latest->snapshot, first_height);
      // As the node's server does: who is no member is served to the end of its last epoch.
      if (latest->charter->FindMember(Index(me)) == nullptr && first_height > latest->epoch_height)
        range = PermissionDenied("not a member");
      network.Post(NumberOf(from), me, [from, first_height, range](auto& asker) {
        if (range.ok()) {
          static_cast<void>(
              asker.OnBlocksFetched(from, first_height, range->blocks, range->finalization));
        } else {
          static_cast<void>(asker.OnFetchFailed(from));
        }
      });
    });
  }

 private:
  Network& network_;
  size_t self_;
};

Network::Network(size_t members, uint64_t heartbeat_ms, size_t later, const Clock& clock,
                 size_t officers_of_first)
    : clock_(clock), accord_(members, heartbeat_ms, 2, clock, officers_of_first) {
  for (size_t i = 0; i < members + later; ++i) {
    nodes_.push_back(std::make_unique<Node>());
    nodes_[i]->link = std::make_unique<Link>(*this, i);
  }
  for (size_t i = 0; i < members + later; ++i)
    nodes_[i]->thread = std::thread([this, i] { Deliver(i); });
}

Network::~Network() {
  for (size_t i = 0; i < nodes_.size(); ++i) Stop(i);
  {
    const std::lock_guard lock(mu_);
    closing_ = true;
  }
  changed_.notify_all();
  for (const auto& node : nodes_) node->thread.join();
}

void Network::Post(size_t from, size_t to, std::function<void(replica::Replica&)> call) {
  {
    const std::lock_guard lock(mu_);
    if (nodes_[from]->cut || nodes_[to]->cut || nodes_[to]->replica == nullptr) return;
    nodes_[to]->queue.push_back(std::move(call));
  }
  changed_.notify_all();
}

void Network::HoldConsensus(size_t i, bool hold) {
  {
    const std::lock_guard lock(mu_);
    Node& node = *nodes_[i];
    node.hold = hold;
    if (!hold) {
      for (auto& call : std::exchange(node.held, {})) node.queue.push_back(std::move(call));
    }
  }
  changed_.notify_all();
}

void Network::Deliver(size_t i) {
  Node& node = *nodes_[i];
  std::unique_lock lock(mu_);
  for (;;) {
    changed_.wait(lock, [&] { return closing_ || !node.queue.empty(); });
    if (closing_) return;
    auto call = std::move(node.queue.front());
    node.queue.pop_front();
    replica::Replica* r = node.replica.get();
    if (r == nullptr) continue;
    delivering_[i] = true;
    lock.unlock();
    call(*r);
    lock.lock();
    delivering_[i] = false;
    changed_.notify_all();
  }
}

Status Network::Start(size_t i) {
  Node& node = *nodes_[i];
  ASSIGN_OR_RETURN(node.store, store::Store::Open(dir(i), store::Store::Mode::kReadWrite));
  replica::ReplicaOptions options;
  options.member = Accord::NameOf(i);
  options.view_timeout_ms = 500;
  replica::NodeKeys keys;
  for (const std::string& more : more_node_keys[i]) keys.node.push_back(FixedKey(more));
  keys.node.push_back(FixedKey(options.member + " node"));
  keys.cosigner.push_back(FixedKey(options.member + " cosigner"));
  ASSIGN_OR_RETURN(auto made, replica::Replica::Create(options, accord_.charter(), *node.store,
                                                       std::move(keys), *node.link, clock_));
  made->AddListener([this](const auto&) { changed_.notify_all(); });
  {
    const std::lock_guard lock(mu_);
    node.replica = std::move(made);
    node.queue.clear();
  }
  for (size_t j = 0; j < nodes_.size(); ++j) {
    if (j != i && running(j)) Connect(i, j);
  }
  return absl::OkStatus();
}

void Network::Connect(size_t i, size_t j) {
  Post(j, i, [j](auto& r) { static_cast<void>(r.OnConnected(Index(j))); });
  Post(i, j, [i](auto& r) { static_cast<void>(r.OnConnected(Index(i))); });
}

void Network::StartAll() {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (running(i)) continue;
    ASSERT_OK(Start(i));
  }
}

void Network::Stop(size_t i) {
  Node& node = *nodes_[i];
  std::unique_ptr<replica::Replica> gone;
  {
    std::unique_lock lock(mu_);
    node.queue.clear();
    gone = std::move(node.replica);
    changed_.wait(lock, [&] { return !delivering_[i]; });
  }
  gone.reset();
  node.store.reset();
}

void Network::Wipe(size_t i) { std::filesystem::remove_all(dir(i)); }

void Network::Cut(size_t i, bool cut) {
  {
    const std::lock_guard lock(mu_);
    nodes_[i]->cut = cut;
    if (cut) nodes_[i]->queue.clear();
  }
  if (cut) return;
  for (size_t j = 0; j < nodes_.size(); ++j) {
    if (j != i && running(j)) Connect(i, j);
  }
}

std::vector<replica::SubmitOutcome> Network::Submit(size_t i, std::vector<std::string> envelopes,
                                                    bool wait_final) {
  // Shared with the callback, which may come after we stopped waiting.
  struct Answer {
    std::mutex mu;
    std::condition_variable come;
    std::optional<std::vector<replica::SubmitOutcome>> outcomes;
  };
  const auto answer = std::make_shared<Answer>();
  const Status posted =
      at(i).Submit(std::move(envelopes), wait_final, std::chrono::steady_clock::now() + kPatience,
                   [answer](std::vector<replica::SubmitOutcome> outcomes) {
                     const std::lock_guard lock(answer->mu);
                     answer->outcomes = std::move(outcomes);
                     answer->come.notify_all();
                   });
  if (!posted.ok()) {
    std::vector<replica::SubmitOutcome> refused(1);
    refused[0].status = posted;
    return refused;
  }
  std::unique_lock lock(answer->mu);
  answer->come.wait_for(lock, 2 * kPatience, [&] { return answer->outcomes.has_value(); });
  EXPECT_TRUE(answer->outcomes.has_value()) << "no answer";
  return answer->outcomes.value_or(std::vector<replica::SubmitOutcome>(1));
}

bool Network::Eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    std::unique_lock lock(mu_);
    // What the condition looks at has locks of its own, so a change may slip in between: look
    // again.
    changed_.wait_for(lock, std::chrono::milliseconds(20));
    if (std::chrono::steady_clock::now() > until) return false;
  }
  return true;
}

std::vector<std::string> Network::Entries(size_t i) {
  const auto latest = at(i).Latest();
  const store::LedgerReader reader(latest->snapshot);
  std::vector<std::string> out;
  for (uint64_t n = 0; n < latest->tip.size; ++n) out.push_back(reader.Entry(n).value());
  return out;
}

bool Network::AllHave(uint64_t entries) {
  if (!Eventually([&] {
        for (size_t i = 0; i < size(); ++i) {
          if (running(i) && SizeOf(i) < entries) return false;
        }
        return true;
      }))
    return false;
  std::optional<std::vector<std::string>> want;
  for (size_t i = 0; i < size(); ++i) {
    if (!running(i)) continue;
    std::vector<std::string> got = Entries(i);
    got.resize(entries);
    if (want.has_value() && got != *want) return false;
    want = std::move(got);
  }
  return true;
}

const std::string Network::LastCheckpoint(size_t i) {
  const std::lock_guard lock(mu_);
  return nodes_[i]->last_checkpoint;
}

}  // namespace parley::testing
