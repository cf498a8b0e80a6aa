#include "ledger/archive/tar.h"

#include <algorithm>

#include "base/limits.h"
#include "ledger/archive/file_set.h"

namespace parley::archive {
namespace {

// Offsets and widths of the fields of a header.
struct Field {
  size_t at;
  size_t size;
};
constexpr Field kName{0, 100}, kMode{100, 8}, kUid{108, 8}, kGid{116, 8}, kSize{124, 12},
    kMtime{136, 12}, kChecksum{148, 8}, kType{156, 1}, kMagic{257, 8};
constexpr uint64_t kOctal11Max = (uint64_t{1} << 33) - 1;

void Put(std::string* block, Field field, std::string_view text) {
  block->replace(field.at, text.size(), text);
}

std::string Octal(uint64_t v, size_t digits) { return fmt::format("{:0{}o}", v, digits); }

uint64_t SumOf(std::string_view block) {
  uint64_t sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  return sum;
}

StatusOr<uint64_t> ParseOctal(std::string_view block, Field field) {
  uint64_t v = 0;
  for (const char c : block.substr(field.at, field.size - 1)) {
    if (c < '0' || c > '7') return InvalidArgument("a field that is no octal number");
    v = v * 8 + static_cast<uint64_t>(c - '0');
  }
  return v;
}

uint64_t Padding(uint64_t size) { return (kTarBlock - size % kTarBlock) % kTarBlock; }

bool IsZero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

// Walks over the blocks of a tar file; collects members and problems.
class Indexer {
 public:
  explicit Indexer(const RandomAccess& file) : file_(file) {}

  StatusOr<TarIndex> Run() {
    while (!ended_ && at_ < file_.size()) RETURN_IF_ERROR(Step());
    if (!ended_) Problem("the end marker is missing: the file was cut");
    return std::move(index_);
  }

 private:
  void Problem(const std::string& what) {
    AddProblem(&index_.problems, fmt::format("offset {}: {}", at_, what));
  }

  Status Step() {
    if (file_.size() - at_ < kTarBlock) {
      Problem("the file was cut inside a block");
      at_ = file_.size();
      ended_ = true;
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const std::string block, file_.ReadAt(at_, kTarBlock));
    if (IsZero(block)) return End();
    StatusOr<TarMember> member = ParseTarHeader(block);
    if (!member.ok()) {
      if (!lost_) Problem(MessageOf(member.status()));
      lost_ = true;  // says so once, until the next good header
      at_ += kTarBlock;
      return absl::OkStatus();
    }
    lost_ = false;
    return Add(std::move(*member));
  }

  Status Add(TarMember member) {
    member.offset = at_ + kTarBlock;
    const uint64_t room = file_.size() - member.offset;
    if (member.size > room || Padding(member.size) > room - member.size) {
      Problem(fmt::format("{}: the file ends before its {} bytes do", member.name, member.size));
      at_ += kTarBlock;
      return absl::OkStatus();
    }
    const uint64_t end = member.offset + member.size;
    ASSIGN_OR_RETURN(const std::string padding, file_.ReadAt(end, Padding(member.size)));
    if (!IsZero(padding)) Problem(fmt::format("{}: data behind its end", member.name));
    if (index_.members.size() >= limits::kArchiveFilesMax)
      return ResourceExhausted(fmt::format("more than {} files", index_.members.size()));
    const std::string name = member.name;
    if (!index_.members.emplace(name, std::move(member)).second)
      Problem(fmt::format("{} is there twice; the first one counts", name));
    at_ = end + padding.size();
    return absl::OkStatus();
  }

  // Two blocks of zeros and nothing else.
  Status End() {
    const uint64_t rest = file_.size() - at_;
    ASSIGN_OR_RETURN(const std::string bytes,
                     file_.ReadAt(at_, std::min<uint64_t>(rest, 2 * kTarBlock)));
    if (rest == 2 * kTarBlock && IsZero(bytes)) {
      ended_ = true;
      return absl::OkStatus();
    }
    if (!lost_) Problem("an end marker that is not two blocks of zeros at the end of the file");
    lost_ = true;
    at_ += kTarBlock;  // look on: members may be hidden behind it
    ended_ = at_ >= file_.size();
    return absl::OkStatus();
  }

  const RandomAccess& file_;
  TarIndex index_;
  uint64_t at_ = 0;
  bool ended_ = false;
  bool lost_ = false;
};

}  // namespace

StatusOr<std::string> TarHeader(std::string_view name, uint64_t size, uint64_t mtime_s) {
  RETURN_IF_ERROR(CheckFileName(name));
  if (size > kOctal11Max || mtime_s > kOctal11Max)
    return InvalidArgument(fmt::format("{}: size or time does not fit", name));
  std::string block(kTarBlock, '\0');
  Put(&block, kName, name);
  Put(&block, kMode, "0000644");
  Put(&block, kUid, "0000000");
  Put(&block, kGid, "0000000");
  Put(&block, kSize, Octal(size, 11));
  Put(&block, kMtime, Octal(mtime_s, 11));
  Put(&block, kChecksum, "        ");
  Put(&block, kType, "0");
  Put(&block, kMagic, std::string_view("ustar\00000", 8));
  Put(&block, kChecksum, Octal(SumOf(block), 6) + std::string("\0 ", 2));
  return block;
}

StatusOr<TarMember> ParseTarHeader(std::string_view block) {
  if (block.size() != kTarBlock) return InvalidArgument("a header of the wrong size");
  TarMember out;
  const std::string_view name = block.substr(kName.at, kName.size);
  out.name = std::string(name.substr(0, std::min(name.find('\0'), name.size())));
  ASSIGN_OR_RETURN(out.size, ParseOctal(block, kSize));
  ASSIGN_OR_RETURN(out.mtime_s, ParseOctal(block, kMtime));
  ASSIGN_OR_RETURN(const std::string want, TarHeader(out.name, out.size, out.mtime_s));
  if (want != block)
    return InvalidArgument(
        fmt::format("the header of \"{}\" is damaged or of another kind", Printable(out.name)));
  return out;
}

StatusOr<TarIndex> ReadTarIndex(const RandomAccess& file) { return Indexer(file).Run(); }

}  // namespace parley::archive
