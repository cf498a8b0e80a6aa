#include "tools/parley/files.h"

#include <fcntl.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include "base/errno_text.h"
#include "tools/parley/text.h"

namespace parley::cli {
namespace {

namespace fs = std::filesystem;

struct Fd {
  explicit Fd(int fd) : value(fd) {}
  ~Fd() {
    if (value > STDERR_FILENO) ::close(value);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int value;
};

Status FromErrno(int error, const fs::path& path, std::string_view doing) {
  const std::string text = fmt::format("{} '{}': {}", doing, path.string(), ErrnoText(error));
  if (error == ENOENT || error == ENOTDIR) return NotFound(text);
  if (error == EEXIST || error == ENOTEMPTY)
    return AlreadyExists(text + "; nothing is overwritten");
  if (error == EACCES || error == EPERM) return PermissionDenied(text);
  if (error == EISDIR) return InvalidArgument(text);
  return Unavailable(text);
}

Status SyncDirectory(const fs::path& path) {
  const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const Fd dir(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (dir.value < 0 || ::fsync(dir.value) != 0) return FromErrno(errno, parent, "sync directory");
  return absl::OkStatus();
}

Status WriteAll(int fd, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t wrote = ::write(fd, content.data(), content.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return FromErrno(errno, path, "write");
    content.remove_prefix(static_cast<size_t>(wrote));
  }
  if (::fsync(fd) != 0) return FromErrno(errno, path, "sync");
  return absl::OkStatus();
}

// Gives the file its name, which must be free. RENAME_NOREPLACE comes first because the file
// systems of memory sticks know no links; those that do not know it have links.
int NameWithoutReplacing(const char* from, const char* to) {
  if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -1;
  return ::link(from, to);
}

// Temporary file beside the path, then one step that makes it visible.
Status WriteFile(const fs::path& path, std::string_view content, bool replace) {
  const fs::path temp = fmt::format("{}.{}.tmp", path.string(), ::getpid());
  Status status;
  {
    const Fd fd(::open(temp.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (fd.value < 0) return FromErrno(errno, path, "write");
    status = WriteAll(fd.value, content, path);
  }
  if (status.ok()) {
    const int rc = replace ? ::rename(temp.c_str(), path.c_str())
                           : NameWithoutReplacing(temp.c_str(), path.c_str());
    if (rc != 0) status = FromErrno(errno, path, "write");
  }
  ::unlink(temp.c_str());
  if (!status.ok()) return status;
  return SyncDirectory(path);
}

class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (text.empty()) text = fmt::format("{}:{}: {}", line + 1, column + 1, message);
  }
  std::string text;
};

// Escapes such as "\377" can put bytes that are no UTF-8 into text fields.
Status CheckStrings(const google::protobuf::Message& message, std::string_view source) {
  using google::protobuf::FieldDescriptor;
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* f : fields) {
    const int count = f->is_repeated() ? reflection->FieldSize(message, f) : 1;
    for (int i = 0; i < count; ++i) {
      if (f->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        const auto& inner = f->is_repeated() ? reflection->GetRepeatedMessage(message, f, i)
                                             : reflection->GetMessage(message, f);
        RETURN_IF_ERROR(CheckStrings(inner, source));
      } else if (f->type() == FieldDescriptor::TYPE_STRING) {
        const std::string text = f->is_repeated() ? reflection->GetRepeatedString(message, f, i)
                                                  : reflection->GetString(message, f);
        RETURN_IF_ERROR(CheckUtf8(text, fmt::format("{}: {}", source, f->name())));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<std::string> ReadInput(const std::string& path, size_t bytes_max, std::string_view what) {
  const std::string doing = fmt::format("read {}", what);
  const Fd fd(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.value < 0) return FromErrno(errno, path, doing);
  std::string out;
  char buffer[65'536];
  while (true) {
    const ssize_t got = ::read(fd.value, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FromErrno(errno, path, doing);
    if (got == 0) return out;
    out.append(buffer, static_cast<size_t>(got));
    if (out.size() > bytes_max)
      return ResourceExhausted(
          fmt::format("{} '{}': longer than {} bytes", doing, path, bytes_max));
  }
}

Status WriteNewFile(const fs::path& path, std::string_view content) {
  return WriteFile(path, content, /*replace=*/false);
}

Status ReplaceFile(const fs::path& path, std::string_view content) {
  return WriteFile(path, content, /*replace=*/true);
}

Status MakePrivateDirectory(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return SyncDirectory(path);
  const int error = errno;
  std::error_code ignored;
  if (error == EEXIST && fs::is_directory(path, ignored)) return absl::OkStatus();
  return FromErrno(error, path, "make directory");
}

Status ParseTextProto(std::string_view text, std::string_view source,
                      google::protobuf::Message* out) {
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (!parser.ParseFromString(std::string(text), out))
    return InvalidArgument(fmt::format("{}:{}", source, error.text));
  return CheckStrings(*out, source);
}

std::string QuoteTextProto(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\{:03o}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace parley::cli
