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
    kMtime{136, 12}, kChecksum{148, 8}, kType{156, 1}, kLink{157, 100}, kMagic{257, 8},
    kPrefix{345, 155}, kUnused{500, 12};
constexpr std::string_view kPosixMagic("ustar\00000", 8);
constexpr std::string_view kGnuMagic("ustar  \0", 8);
constexpr uint64_t kRecord = 20 * kTarBlock;  // what other tools fill up with zeros
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

// Text up to the first zero; only zeros may follow it.
StatusOr<std::string> ParseText(std::string_view block, Field field) {
  const std::string_view bytes = block.substr(field.at, field.size);
  const size_t end = std::min(bytes.find('\0'), bytes.size());
  if (!IsZero(bytes.substr(end))) return InvalidArgument("data behind a name");
  return std::string(bytes.substr(0, end));
}

// The checksum stands for itself as eight spaces.
Status CheckSum(std::string_view block) {
  std::string copy(block);
  Put(&copy, kChecksum, "        ");
  if (block.substr(kChecksum.at, kChecksum.size) != Octal(SumOf(copy), 6) + std::string("\0 ", 2))
    return InvalidArgument("a header whose checksum does not hold");
  return absl::OkStatus();
}

// The path, with what stands in the field for long ones.
StatusOr<std::string> ParseName(std::string_view block, bool directory) {
  ASSIGN_OR_RETURN(std::string name, ParseText(block, kName));
  const bool posix = block.substr(kMagic.at, kMagic.size) == kPosixMagic;
  if (!posix && !IsZero(block.substr(kPrefix.at, kPrefix.size)))
    return InvalidArgument("a header with extensions");
  ASSIGN_OR_RETURN(const std::string prefix, ParseText(block, kPrefix));
  if (!prefix.empty()) name = prefix + "/" + name;
  if (directory && name.ends_with('/')) name.pop_back();
  if (name.starts_with("./")) name.erase(0, 2);
  if (directory && name == ".") return name;
  RETURN_IF_ERROR(CheckFileName(name));
  return name;
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
    if (member.directory) {
      at_ += kTarBlock;
      return absl::OkStatus();
    }
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

  // Two blocks of zeros, or as many as fill a record, and nothing else.
  Status End() {
    const uint64_t rest = file_.size() - at_;
    ASSIGN_OR_RETURN(const std::string bytes,
                     file_.ReadAt(at_, std::min<uint64_t>(rest, kRecord + 2 * kTarBlock)));
    const bool filled =
        file_.size() % kRecord == 0 && rest >= 2 * kTarBlock && rest < kRecord + 2 * kTarBlock;
    if ((rest == 2 * kTarBlock || filled) && IsZero(bytes)) {
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
  RETURN_IF_ERROR(CheckSum(block));
  const std::string_view magic = block.substr(kMagic.at, kMagic.size);
  if (magic != kPosixMagic && magic != kGnuMagic)
    return InvalidArgument("a header of an unknown form");
  const char type = block[kType.at];
  TarMember out;
  out.directory = type == '5';
  ASSIGN_OR_RETURN(out.name, ParseName(block, out.directory));
  if (!out.directory && type != '0' && type != '\0')
    return InvalidArgument(fmt::format("{} is no plain file", Printable(out.name)));
  if (!IsZero(block.substr(kLink.at, kLink.size)) ||
      !IsZero(block.substr(kUnused.at, kUnused.size)))
    return InvalidArgument(fmt::format("the header of {} says more than it may", out.name));
  ASSIGN_OR_RETURN(out.size, ParseOctal(block, kSize));
  ASSIGN_OR_RETURN(out.mtime_s, ParseOctal(block, kMtime));
  if (out.directory && out.size != 0)
    return InvalidArgument(fmt::format("the directory {} has bytes", out.name));
  return out;
}

void StripFolder(TarIndex* index) {
  if (index->members.empty()) return;
  const std::string& first = index->members.begin()->first;
  const std::string folder = first.substr(0, first.find('/') + 1);
  const auto in_it = [&](const auto& m) { return m.first.starts_with(folder); };
  if (folder == "tile/" || folder == "charters/" || folder == "checkpoints/") return;
  if (folder.empty() || !std::all_of(index->members.begin(), index->members.end(), in_it)) return;
  std::map<std::string, TarMember> stripped;
  for (auto& [name, member] : index->members) {
    member.name = name.substr(folder.size());
    const std::string short_name = member.name;
    stripped.emplace(short_name, std::move(member));
  }
  index->members = std::move(stripped);
}

StatusOr<TarIndex> ReadTarIndex(const RandomAccess& file) { return Indexer(file).Run(); }

}  // namespace parley::archive
