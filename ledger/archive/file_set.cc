#include "ledger/archive/file_set.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>

#include "base/limits.h"

namespace parley::archive {
namespace {

namespace fs = std::filesystem;
constexpr size_t kNameBytesMax = 99;
constexpr size_t kPrintableMax = 100;

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-' || c == '/';
}

class Directory final : public FileSet {
 public:
  explicit Directory(std::string path) : path_(std::move(path)) {}

  Status Index() {
    std::error_code error;
    fs::recursive_directory_iterator it(path_, fs::directory_options::none, error);
    for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
      if (files_.size() >= limits::kArchiveFilesMax)
        return ResourceExhausted(fmt::format("{}: more than {} files", path_, files_.size()));
      Add(*it);
      if (it.depth() >= static_cast<int>(limits::kArchiveDepthMax)) it.disable_recursion_pending();
    }
    if (error) return Unavailable(fmt::format("cannot list {}: {}", path_, error.message()));
    return absl::OkStatus();
  }

  const std::string& path() const override { return path_; }
  const std::map<std::string, uint64_t>& files() const override { return files_; }
  const std::vector<std::string>& problems() const override { return problems_; }

  StatusOr<std::string> Read(const std::string& name) override {
    const auto found = files_.find(name);
    if (found == files_.end()) return NotFound(fmt::format("{} is missing", name));
    if (found->second > limits::kArchiveFileBytesMax)
      return ResourceExhausted(fmt::format("{}: {} bytes are too many", name, found->second));
    std::string bytes(found->second, '\0');
    std::ifstream in(path_ + "/" + name, std::ios::binary);
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!in || in.gcount() != static_cast<std::streamsize>(bytes.size()))
      return DataLoss(fmt::format("{}: cannot be read", name));
    return bytes;
  }

 private:
  void Add(const fs::directory_entry& item) {
    const std::string name = item.path().lexically_relative(path_).generic_string();
    std::error_code error;
    const fs::file_status status = item.symlink_status(error);
    if (status.type() == fs::file_type::directory) return;
    if (status.type() != fs::file_type::regular) {
      AddProblem(&problems_, fmt::format("{}: not a plain file", Printable(name)));
    } else if (!CheckFileName(name).ok()) {
      AddProblem(&problems_, fmt::format("{}: not a name of an archive", Printable(name)));
    } else {
      files_[name] = item.file_size(error);
    }
  }

  std::string path_;
  std::map<std::string, uint64_t> files_;
  std::vector<std::string> problems_;
};

}  // namespace

Status CheckFileName(std::string_view name) {
  const auto refuse = [&](std::string_view why) {
    return InvalidArgument(fmt::format("file name \"{}\": {}", Printable(name), why));
  };
  if (name.empty() || name.size() > kNameBytesMax) return refuse("empty or too long");
  if (!std::all_of(name.begin(), name.end(), IsNameByte)) return refuse("forbidden characters");
  size_t start = 0;
  while (start <= name.size()) {
    const size_t end = std::min(name.find('/', start), name.size());
    const std::string_view part = name.substr(start, end - start);
    if (part.empty() || part == "." || part == "..") return refuse("not a plain relative path");
    start = end + 1;
  }
  return absl::OkStatus();
}

void AddProblem(std::vector<std::string>* problems, std::string text) {
  if (problems->size() < limits::kArchiveProblemsMax) problems->push_back(std::move(text));
}

std::string Printable(std::string_view bytes) {
  std::string out;
  for (const char c : bytes.substr(0, kPrintableMax)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte >= 0x20 && byte < 0x7f ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
  }
  return bytes.size() > kPrintableMax ? out + "..." : out;
}

StatusOr<std::unique_ptr<FileSet>> OpenDirectory(const std::string& path) {
  auto directory = std::make_unique<Directory>(path);
  RETURN_IF_ERROR(directory->Index());
  return directory;
}

}  // namespace parley::archive
