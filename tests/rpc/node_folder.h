#pragma once

// A folder with everything that north's node of a TestAccord needs: charter, key files, TLS
// certificate, passphrase file and configuration.

#include <filesystem>
#include <fstream>
#include <string>

#include "crypto/key_file.h"
#include "crypto/private_file.h"
#include "tests/rpc/test_accord.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace parley::rpc::testing {

class NodeFolder {
 public:
  explicit NodeFolder(const TestAccord& accord) : node_(accord.Issue("north", Role::kNode, "n1")) {
    Write("charter.note", accord.charter().note());
    Write("tls.pem", node_.certificate_pem);
    EXPECT_OK(WritePrivateFile(path("passphrase"), "for tests only\n"));
    WriteKey("node.key", KeyPurpose::kNode, "north", KeyOf("north/node"));
    WriteKey("cosigner.key", KeyPurpose::kCosigner, "north", KeyOf("north/cosigner"));
    WriteKey("tls.key", KeyPurpose::kTls, "north/n1", node_.key);
    Write("north.conf", Config("127.0.0.1:0"));
  }

  static std::string Config(const std::string& listen) {
    return fmt::format(
        "charter: \"charter.note\"\nmember: \"north\"\ndata_dir: \"data\"\nlisten: \"{}\"\n"
        "node_key: \"node.key\"\ncosigner_key: \"cosigner.key\"\ntls_key: \"tls.key\"\n"
        "tls_certificate: \"tls.pem\"\npassphrase_file: \"passphrase\"\n"
        "address_file: \"address\"\n"
        "peers {{ member: \"peace\" address: \"127.0.0.1:9\" }}\n"
        "peers {{ member: \"south\" address: \"127.0.0.1:9\" }}\n",
        listen);
  }

  std::filesystem::path path(const std::string& name) const { return dir_ / name; }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::trunc) << text;
  }
  std::string Read(const std::string& name) const {
    std::ifstream in(path(name));
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // Replaces the file when it is there.
  void WriteKey(const std::string& name, KeyPurpose purpose, const std::string& label,
                const SecretKey& key) const {
    std::filesystem::remove(path(name));
    const auto passphrase = Passphrase::FromText("for tests only");
    EXPECT_OK(WriteKeyFile(path(name), purpose, label, key, *passphrase, KdfCost::kMinimal));
  }

 private:
  parley::testing::TempDir dir_;
  Person node_;
};

}  // namespace parley::rpc::testing
