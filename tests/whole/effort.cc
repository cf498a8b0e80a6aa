#include "tests/whole/effort.h"

#include <sodium.h>

#include "ledger/rules/executor.h"
#include "ledger/store/store.h"

namespace parley::whole {
namespace {

using std::chrono::nanoseconds;

// Of a machine of 2020, in ns.
constexpr uint64_t kVerify = 60'000, kSign = 25'000, kHash = 300, kHashByte = 2;
constexpr uint64_t kExecute = 100'000;  // besides its hashes and signatures

Effort total;

}  // namespace

nanoseconds Effort::Time() const {
  return nanoseconds(verified * kVerify + signed_ * kSign + hashes * kHash +
                     hashed_bytes * kHashByte + executions * kExecute);
}

Effort operator-(const Effort& a, const Effort& b) {
  return {a.verified - b.verified,          a.signed_ - b.signed_,       a.hashes - b.hashes,
          a.hashed_bytes - b.hashed_bytes,  a.executions - b.executions, a.commits - b.commits,
          a.written_bytes - b.written_bytes};
}

Effort Max(const Effort& a, const Effort& b) {
  return {std::max(a.verified, b.verified),
          std::max(a.signed_, b.signed_),
          std::max(a.hashes, b.hashes),
          std::max(a.hashed_bytes, b.hashed_bytes),
          std::max(a.executions, b.executions),
          std::max(a.commits, b.commits),
          std::max(a.written_bytes, b.written_bytes)};
}

Effort& Effort::operator+=(const Effort& b) {
  verified += b.verified;
  signed_ += b.signed_;
  hashes += b.hashes;
  hashed_bytes += b.hashed_bytes;
  executions += b.executions;
  commits += b.commits;
  written_bytes += b.written_bytes;
  return *this;
}

const Effort& TotalEffort() { return total; }

}  // namespace parley::whole

// What the linker calls instead (--wrap): counts, then does what was asked for.
extern "C" {

int __real_crypto_sign_verify_detached(const unsigned char* signature, const unsigned char* message,
                                       unsigned long long size, const unsigned char* key);
int __wrap_crypto_sign_verify_detached(const unsigned char* signature, const unsigned char* message,
                                       unsigned long long size, const unsigned char* key) {
  ++parley::whole::total.verified;
  return __real_crypto_sign_verify_detached(signature, message, size, key);
}

int __real_crypto_sign_detached(unsigned char* signature, unsigned long long* signature_size,
                                const unsigned char* message, unsigned long long size,
                                const unsigned char* key);
int __wrap_crypto_sign_detached(unsigned char* signature, unsigned long long* signature_size,
                                const unsigned char* message, unsigned long long size,
                                const unsigned char* key) {
  ++parley::whole::total.signed_;
  return __real_crypto_sign_detached(signature, signature_size, message, size, key);
}

unsigned char* __real_SHA256(const unsigned char* bytes, size_t size, unsigned char* out);
unsigned char* __wrap_SHA256(const unsigned char* bytes, size_t size, unsigned char* out) {
  ++parley::whole::total.hashes;
  parley::whole::total.hashed_bytes += size;
  return __real_SHA256(bytes, size, out);
}
}  // extern "C"

// Members of classes, by their linker names. As functions they take the object first.
#define PARLEY_COMMIT "_ZN6parley5store5Store6CommitEONS1_5BatchE"
#define PARLEY_EXECUTE                                                                   \
  "_ZNK6parley5rules8Executor7ExecuteERKNS0_9LedgerTipERKNS0_9StateViewENS_6TimeMsENS0_" \
  "10BlockInputE"
#define PARLEY_BREAKS_RULES                                                                     \
  "_ZNK6parley5rules8Executor11BreaksRulesERKNS0_9LedgerTipERKNS0_9StateViewESt17basic_string_" \
  "view"                                                                                        \
  "IcSt11char_traitsIcEE"

namespace parley::whole {

using rules::ExecutedBlock;
using rules::Executor;
using rules::LedgerTip;
using rules::StateView;
using store::Store;

Status RealCommit(Store* store, Store::Batch&& batch) __asm__("__real_" PARLEY_COMMIT);
Status Commit(Store* store, Store::Batch&& batch) __asm__("__wrap_" PARLEY_COMMIT);
Status Commit(Store* store, Store::Batch&& batch) {
  ++total.commits;
  total.written_bytes += batch.bytes();
  return RealCommit(store, std::move(batch));
}

StatusOr<ExecutedBlock> RealExecute(const Executor* executor, const LedgerTip& parent,
                                    const StateView& state, TimeMs time,
                                    rules::BlockInput input) __asm__("__real_" PARLEY_EXECUTE);
StatusOr<ExecutedBlock> Execute(const Executor* executor, const LedgerTip& parent,
                                const StateView& state, TimeMs time,
                                rules::BlockInput input) __asm__("__wrap_" PARLEY_EXECUTE);
StatusOr<ExecutedBlock> Execute(const Executor* executor, const LedgerTip& parent,
                                const StateView& state, TimeMs time, rules::BlockInput input) {
  ++total.executions;
  return RealExecute(executor, parent, state, time, std::move(input));
}

StatusOr<bool> RealBreaksRules(const Executor* executor, const LedgerTip& parent,
                               const StateView& state,
                               std::string_view block) __asm__("__real_" PARLEY_BREAKS_RULES);
StatusOr<bool> BreaksRules(const Executor* executor, const LedgerTip& parent,
                           const StateView& state,
                           std::string_view block) __asm__("__wrap_" PARLEY_BREAKS_RULES);
StatusOr<bool> BreaksRules(const Executor* executor, const LedgerTip& parent,
                           const StateView& state, std::string_view block) {
  ++total.executions;
  return RealBreaksRules(executor, parent, state, block);
}

}  // namespace parley::whole
