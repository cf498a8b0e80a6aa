#pragma once

// A set of named files: a directory or a tar file, so that everything above reads both alike.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace parley::archive {

// Not thread-safe. Nothing it returns is trusted.
class FileSet {
 public:
  virtual ~FileSet() = default;
  virtual const std::string& path() const = 0;
  // Every file by name ("tile/0/000") with its size in bytes. Names obey CheckFileName.
  virtual const std::map<std::string, uint64_t>& files() const = 0;
  // NOT_FOUND when there is none, RESOURCE_EXHAUSTED when longer than kArchiveFileBytesMax,
  // DATA_LOSS when it cannot be read in full.
  virtual StatusOr<std::string> Read(const std::string& name) = 0;
  // What is wrong with the container: links, bad names, damaged headers. Text that names the file.
  virtual const std::vector<std::string>& problems() const = 0;
};

// INVALID_ARGUMENT unless the name is a plain relative path: letters, digits, '.', '_' and '-'
// between single slashes, no "." or ".." component, at most 99 bytes.
Status CheckFileName(std::string_view name);

// Adds a problem unless there are kArchiveProblemsMax already.
void AddProblem(std::vector<std::string>* problems, std::string text);

// Text of foreign bytes for messages: printable ASCII as it is, the rest as \xNN, cut at 100 bytes.
std::string Printable(std::string_view bytes);

// The files below a directory. Links are never followed.
StatusOr<std::unique_ptr<FileSet>> OpenDirectory(const std::string& path);

// The members of a tar file (tar.h).
StatusOr<std::unique_ptr<FileSet>> OpenTar(const std::string& path);

}  // namespace parley::archive
