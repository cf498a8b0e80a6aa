#pragma once

// Files that people give and get: read whole with a limit, written whole or not at all, never over
// an existing file. Secrets go through crypto/private_file.h instead.

#include <filesystem>
#include <string>
#include <string_view>

#include "base/status.h"
#include "google/protobuf/message.h"

namespace parley::cli {

// A whole file; "-" reads standard input. NOT_FOUND, RESOURCE_EXHAUSTED (longer than bytes_max) and
// INVALID_ARGUMENT (a directory) name the file and `what` it should have been.
StatusOr<std::string> ReadInput(const std::string& path, size_t bytes_max, std::string_view what);

// A new file, mode 0644, durable when it returns. ALREADY_EXISTS when something has that name.
Status WriteNewFile(const std::filesystem::path& path, std::string_view content);

// The same, but an existing file is replaced in one step: for the CLI's own state only.
Status ReplaceFile(const std::filesystem::path& path, std::string_view content);

// Makes a directory with mode 0700 if there is none; its parent must exist.
Status MakePrivateDirectory(const std::filesystem::path& path);

// Protocol Buffers text format with the schema's field names. INVALID_ARGUMENT names source, line
// and column.
Status ParseTextProto(std::string_view text, std::string_view source,
                      google::protobuf::Message* out);

// A string literal of that format: quotes and backslashes escaped, UTF-8 kept.
std::string QuoteTextProto(std::string_view text);

}  // namespace parley::cli
