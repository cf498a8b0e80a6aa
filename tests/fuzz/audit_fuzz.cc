// One file of an archive replaced by foreign bytes: the audit ends, and never says that all is well
// about an archive without a charter. The first byte chooses the file.

#include <array>

#include "ledger/archive/audit.h"
#include "ledger/archive/file_source.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

class OneFile final : public parley::archive::FileSet {
 public:
  OneFile(const std::string& name, std::string_view bytes) : name_(name), bytes_(bytes) {
    files_[name] = bytes.size();
  }
  const std::string& path() const override { return name_; }
  const std::map<std::string, uint64_t>& files() const override { return files_; }
  const std::vector<std::string>& problems() const override { return none_; }
  parley::StatusOr<std::string> Read(const std::string& name) override {
    if (name != name_) return parley::NotFound(name);
    return bytes_;
  }

 private:
  std::string name_;
  std::string bytes_;
  std::map<std::string, uint64_t> files_;
  std::vector<std::string> none_;
};

}  // namespace

FUZZ_TARGET(audit) {
  static const std::array<std::string, 6> kNames = {
      "checkpoint",     "tile/entries/000.p/2", "charters/1.note",
      "tile/0/000.p/2", "checkpoints/2",        "tile/entries/x999/x999/x999/999.p/2"};
  if (size == 0) return 0;
  const std::string& name = kNames[data[0] % kNames.size()];
  parley::archive::FileSource source(
      std::make_unique<OneFile>(name, parley::AsText({data + 1, size - 1})));
  parley::archive::AuditOptions options;
  options.threads = 1;
  const auto report = parley::archive::Audit(source, options);
  if (!report.ok() || report->ok()) __builtin_trap();
  return 0;
}
