#pragma once

// Passphrases and key files as commands take them: --passphrase-file, or asked for on the terminal,
// once for all files of one run.

#include <filesystem>
#include <optional>
#include <string>

#include "crypto/key_file.h"
#include "crypto/passphrase.h"

namespace parley::cli {

class PassphraseSource {
 public:
  // An empty path: ask on the terminal when first needed.
  explicit PassphraseSource(std::string file) : file_(std::move(file)) {}
  // The passphrase lives as long as this object. `confirm` asks twice: for new keys.
  StatusOr<const Passphrase*> Get(bool confirm);

 private:
  std::string file_;
  std::optional<Passphrase> passphrase_;
};

// Like LoadKeyFile, but a wrong passphrase is bad input (INVALID_ARGUMENT): nothing that was to be
// verified failed.
StatusOr<SecretKey> OpenKey(const std::filesystem::path& path, KeyPurpose want,
                            PassphraseSource& passphrases);

// "north", or "north/anna": [a-z0-9][a-z0-9-]{0,31} each; `what` names the flag in errors.
Status CheckName(const std::string& name, const std::string& what);
Status CheckOrigin(const std::string& origin);

}  // namespace parley::cli
