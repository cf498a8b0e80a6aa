#include "tools/parley/keys.h"

#include "crypto/identity.h"
#include "tools/parley/text.h"

namespace parley::cli {

StatusOr<const Passphrase*> PassphraseSource::Get(bool confirm) {
  if (!passphrase_.has_value()) {
    auto got = file_.empty() ? Passphrase::FromTerminal("Passphrase: ", confirm)
                             : Passphrase::FromFile(file_);
    if (!got.ok()) {
      if (!file_.empty()) return Annotate(got.status(), "--passphrase-file");
      return Annotate(got.status(), "passphrase (or give --passphrase-file)");
    }
    passphrase_ = std::move(*got);
  }
  return &*passphrase_;
}

StatusOr<SecretKey> OpenKey(const std::filesystem::path& path, KeyPurpose want,
                            PassphraseSource& passphrases) {
  // The header first, so that a wrong file is named before a passphrase is asked for.
  ASSIGN_OR_RETURN(const KeyFileInfo info, InspectKeyFile(path), "key file '{}'", path.string());
  if (info.purpose != want)
    return FailedPrecondition(fmt::format("key file '{}': want {}, this is {}", path.string(),
                                          KeyPurposePhrase(want), KeyPurposePhrase(info.purpose)));
  ASSIGN_OR_RETURN(const Passphrase* passphrase, passphrases.Get(/*confirm=*/false));
  auto key = LoadKeyFile(path, want, *passphrase);
  if (key.status().code() == absl::StatusCode::kUnauthenticated)
    return InvalidArgument(
        fmt::format("key file '{}': {}", path.string(), MessageOf(key.status())));
  if (!key.ok()) return Annotate(key.status(), fmt::format("key file '{}'", path.string()));
  return key;
}

Status CheckName(const std::string& name, const std::string& what) {
  if (IsName(name)) return absl::OkStatus();
  return InvalidArgument(fmt::format(
      "{} '{}': want 1 to 32 of a-z, 0-9 and '-', not starting with '-'", what, Printable(name)));
}

Status CheckOrigin(const std::string& origin) {
  if (IsOrigin(origin)) return absl::OkStatus();
  return InvalidArgument(
      fmt::format("--origin '{}': want a name such as parley.example/istanbul-2025: letters, "
                  "digits and . _ ~ - in segments divided by single slashes",
                  Printable(origin)));
}

}  // namespace parley::cli
