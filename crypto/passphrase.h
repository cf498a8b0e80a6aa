#pragma once

// A passphrase in guarded memory: wiped when freed, move-only, never printed or compared.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/status.h"
#include "crypto/bytes.h"

namespace parley {

// What is refused everywhere (INVALID_ARGUMENT): the empty passphrase, more than
// limits::kPassphraseBytesMax bytes, and control characters, because a stray newline or carriage
// return inside makes a key that nobody can open by typing. Bytes are used as they are: UTF-8 text
// is not normalised. Not thread-safe while being moved; reading is.
class Passphrase {
 public:
  static StatusOr<Passphrase> FromText(std::string_view text);

  // From a file with mode 0600 (crypto/private_file.h); one trailing newline is stripped.
  static StatusOr<Passphrase> FromFile(const std::filesystem::path& path);

  // Asks on the controlling terminal with echo off. With confirm it asks twice and refuses
  // when the two differ. FAILED_PRECONDITION when there is no terminal, CANCELLED after Ctrl-C.
  static StatusOr<Passphrase> FromTerminal(std::string_view prompt, bool confirm);

  Passphrase(Passphrase&&) noexcept = default;
  Passphrase& operator=(Passphrase&&) noexcept = default;
  Passphrase(const Passphrase&) = delete;
  Passphrase& operator=(const Passphrase&) = delete;

  // For key derivation only: grep for this name. Valid while the passphrase lives.
  ByteSpan InsecureBytes() const { return {bytes_.get(), size_}; }

 private:
  struct SodiumFree {
    void operator()(uint8_t* p) const;
  };
  using Guarded = std::unique_ptr<uint8_t[], SodiumFree>;
  static Guarded Allocate(size_t size);
  static StatusOr<Passphrase> FromGuarded(Guarded bytes, size_t size);
  Passphrase(Guarded bytes, size_t size) : bytes_(std::move(bytes)), size_(size) {}

  Guarded bytes_;
  size_t size_;
};

}  // namespace parley
